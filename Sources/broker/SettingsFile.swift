import FoundationEssentials
import Yams

/// A configuration file, looked at for keys that no setting has: a misspelt key must not go unnoticed.
enum SettingsFile {
  /// Throws ``SettingsError`` that names the file and what is wrong with it.
  static func check(_ path: String, knownKeys: [String]) throws(SettingsError) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw SettingsError(message: "cannot read the configuration file \(path)")
    }
    let root: Node?
    do {
      root = try compose(yaml: text)
    } catch {
      let problem = "\(error)".split(separator: "\n").joined(separator: " ")
      throw SettingsError(message: "the configuration file \(path) is not YAML: \(problem)")
    }
    guard let root else { return }
    guard let mapping = root.mapping else {
      throw SettingsError(message: "the configuration file \(path) must be a mapping of keys to values")
    }
    for (key, _) in mapping {
      guard let name = key.string, knownKeys.contains(name) else {
        throw SettingsError(
          message: "the configuration file \(path) has a key \"\(key.string ?? "?")\" that no setting has; "
            + "known keys: \(knownKeys.joined(separator: ", "))")
      }
    }
  }
}
