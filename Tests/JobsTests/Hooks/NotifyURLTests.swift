import AuguryClient
import Glibc
import Testing

@testable import Jobs

@Suite("Where the ends of jobs may be told to")
struct NotifyURLTests {
  @Test(
    "By default that is this machine, on any port and path",
    arguments: [
      "http://127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1:8080/done?job=1", "HTTP://LocalHost:1/x",
      "http://[::1]:65535/a/b", "http://localhost?x=/../",
    ])
  func allowed(url: String) async throws {
    let hooks = try JobHooks()
    #expect(await refusal { try hooks.checkNotifyURL(url) } == nil)
  }

  @Test(
    "Other places are not allowed, however much they look like it",
    arguments: [
      "https://127.0.0.1/", "http://127.0.0.1.example.com/", "http://127.0.0.10/", "http://localhost.example.com/",
      "http://example.com/http://127.0.0.1", "http://2130706433/", "http://[::2]/", "http://[::ffff:127.0.0.1]/",
      "http://localhost./",
    ])
  func notAllowed(url: String) async throws {
    let hooks = try JobHooks()
    let error = await refusal { try hooks.checkNotifyURL(url) }
    #expect(error?.code == .permissionDenied && error?.reason == "NOTIFY_NOT_ALLOWED")
    #expect(error?.message.contains(url) == true && error?.message.contains("http://127.0.0.1, ") == true)
  }

  @Test(
    "What could be read in two ways, or not at all, is no address",
    arguments: [
      "", "localhost", "ftp://localhost/", "http://", "http:///x", "http://127.0.0.1@example.com/",
      "http://example.com\\@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "http://127.0.0.1:80:80/",
      "http://127.0.0.1:/", "http://127.0.0.1/a b", "http://127.0.0.1/#x", "http://127.0.0.1/\r\nHost: x",
      "http://localhöst/", "http://[::1", "http://[x]/", "http://[::1]x/", "http://local_host/",
      "http://127.0.0.1/a/../b", "http://127.0.0.1/a/.", "http://127.0.0.1/%2E%2e/b", "http://127.0.0.1/a%2fb",
      "http://127.0.0.1/" + String(repeating: "a", count: 2048),
    ])
  func malformed(url: String) async throws {
    let hooks = try JobHooks(allowing: ["http://127.0.0.1", "http://localhost", "http://example.com"])
    let error = await refusal { try hooks.checkNotifyURL(url) }
    #expect(error?.code == .invalidArgument && error?.reason == "NOTIFY_URL", "\(url)")
  }

  @Test("A prefix that names a port or a path holds for these alone")
  func prefixes() async throws {
    let hooks = try JobHooks(allowing: ["https://hooks.example.com/augury", "http://10.0.0.1:80/"])
    for url in [
      "https://hooks.example.com/augury", "https://hooks.example.com/augury/x?y",
      "https://hooks.example.com:8443/augury",
      "https://HOOKS.example.com/augury?x", "http://10.0.0.1/any", "http://10.0.0.1:80/",
    ] {
      #expect(await refusal { try hooks.checkNotifyURL(url) } == nil, "\(url)")
    }
    for url in [
      "https://hooks.example.com/", "https://hooks.example.com/auguryx", "https://hooks.example.com/Augury",
      "http://hooks.example.com/augury", "http://10.0.0.1:81/", "http://127.0.0.1/",
    ] {
      #expect(await refusal { try hooks.checkNotifyURL(url) }?.code == .permissionDenied, "\(url)")
    }
    let none = try JobHooks(allowing: [])
    #expect(await refusal { try none.checkNotifyURL("http://127.0.0.1") }?.message.contains("allowed is none") == true)
  }

  @Test("Settings that make no sense are refused by name")
  func settings() throws {
    let folder = TemporaryFolder()
    let plain = try folder.write("plain.sh", "#!/bin/sh\n")
    for (command, prefix, word) in [
      ("relative.sh", "http://a", "absolute"), ("/nowhere/at/all", "http://a", "No such file"),
      (folder.path, "http://a", "executed"), (plain, "http://a", "executed"),
      ("/bin/true", "example.com", "example.com"),
    ] {
      let error = #expect(throws: JobHooks.SettingError.self) { try JobHooks(command: command, allowing: [prefix]) }
      #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    }
  }
}
