// What becomes of the memory of messages that have been sent or read.

import CZMQ

/// The program's memory for messages, which is the C library's heap.
public enum MessageMemory {
  /// Bytes at the end of a heap that stay with the program.
  private static let keptBytes: Int32 = 16 << 20

  /// Keeps freed memory for what comes next, to be called once at the start of a program that large messages pass
  /// through. By default the C library gives it back to the system above 128 KiB and asks for it anew with the next
  /// message, page by page.
  public static func keepForReuse() {
    czmq_keep_memory(Self.keptBytes)
  }
}
