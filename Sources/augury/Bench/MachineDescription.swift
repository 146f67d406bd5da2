import Glibc
import ZeroMQ

/// What a figure was measured on.
struct MachineDescription: Codable, Equatable {
  var host: String
  var system: String
  var kernel: String
  var cpu: String
  var cores: Int
  var memoryBytes: Int
  /// Whether the processor says that it is a virtual machine's.
  var isVirtual: Bool
  /// The load average of a minute, before the load was made.
  var loadAverage: Double?

  enum CodingKeys: String, CodingKey {
    case host
    case system
    case kernel
    case cpu
    case cores
    case memoryBytes = "memory_bytes"
    case isVirtual = "virtual"
    case loadAverage = "load_average"
  }

  /// This machine, now.
  static var current: MachineDescription {
    var name = utsname()
    uname(&name)
    let processor = Self.lines(of: "/proc/cpuinfo")
    let pages = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return MachineDescription(
      host: Self.text(name.nodename),
      system: Self.value(of: "PRETTY_NAME", in: Self.lines(of: "/etc/os-release"), separator: "=") ?? "Linux",
      kernel: Self.text(name.release), cpu: Self.value(of: "model name", in: processor, separator: ":") ?? "unknown",
      cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), memoryBytes: pages,
      isVirtual: Self.value(of: "flags", in: processor, separator: ":")?.split(separator: " ")
        .contains("hypervisor") ?? false,
      loadAverage: Self.lines(of: "/proc/loadavg").first?.split(separator: " ").first.flatMap { Double($0) })
  }

  private static func value(of key: String, in lines: [String], separator: Character) -> String? {
    for line in lines {
      let halves = line.split(separator: separator, maxSplits: 1).map { Self.trimmed(String($0)) }
      if halves.count == 2, halves[0] == key { return halves[1] }
    }
    return nil
  }

  private static func trimmed(_ text: String) -> String {
    let isEdge = { (character: Character) in character.isWhitespace || character == "\"" }
    let front = text.drop(while: isEdge)
    return String(front.reversed().drop(while: isEdge).reversed())
  }

  private static func lines(of path: String) -> [String] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private static func text<Field>(_ field: Field) -> String {
    withUnsafeBytes(of: field) { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
