/// A payload part that says where a version's registered artifact is and what it must be.
public struct Artifact: Hashable, Sendable {
  /// The artifact's absolute path, on the broker's machine and wherever workers are started from the registry.
  public var path: String
  /// SHA-256 of its content, 32 bytes.
  public var digest: [UInt8]

  /// Names an artifact.
  public init(path: String, digest: [UInt8]) {
    self.path = path
    self.digest = digest
  }

  /// Reads an artifact part. Throws ``WireError``; digests that are not 32 bytes are refused.
  public init(decoding part: RawSpan) throws(WireError) {
    var reader = ByteReader(part)
    self.digest = try reader.readShortBytes("digest")
    self.path = try reader.readLongText("path")
    guard self.digest.count == 32 else {
      throw .invalidValue(field: "digest length", value: UInt64(self.digest.count), expected: "32")
    }
  }

  /// The part's bytes.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.writeShort(self.digest)
    writer.writeLong(self.path)
    return writer.bytes
  }
}
