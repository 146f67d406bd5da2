import Foundation
import Glibc
import Testing

@testable import Jobs

/// A real HTTP server, another process, that answers as it is told and remembers what it was sent.
final class NotifyServer {
  struct Request: Decodable {
    var method: String
    var path: String
    var type: String?
    var body: String
  }

  /// Answers with the statuses in their order, the last one for ever; `hang` does not answer, `drop` hangs up. Ends
  /// when its standard input does.
  private static let script = """
    import http.server, json, os, sys, threading
    folder, answers = sys.argv[1], sys.argv[2:]
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode()
            line = {'method': self.command, 'path': self.path, 'type': self.headers.get('Content-Type'), 'body': body}
            with open(folder + '/requests', 'a') as out:
                out.write(json.dumps(line) + '\\n')
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer == 'hang':
                threading.Event().wait()
            if answer == 'drop':
                return self.connection.close()
            self.send_response(int(answer))
            if answer.startswith('3'):
                self.send_header('Location', '/elsewhere')
            self.send_header('Content-Length', '2')
            self.end_headers()
            self.wfile.write(b'ok')
        do_POST = do_GET
        def log_message(self, *arguments):
            pass
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    with open(folder + '/port.new', 'w') as out:
        out.write(str(server.server_address[1]))
    os.rename(folder + '/port.new', folder + '/port')
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    """

  private let folder = TemporaryFolder()
  private let pid: pid_t
  private let lifeline: Int32
  private(set) var url = ""

  /// Starts it and waits until it listens.
  init(answers: [String]) async throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    for end in ends { try #require(fcntl(end, F_SETFD, FD_CLOEXEC) == 0) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    let words = ["python3", "-c", Self.script, self.folder.path] + answers
    let arguments = words.map { strdup($0) } + [nil]
    defer { for text in arguments { free(text) } }
    var pid = pid_t()
    let status = posix_spawnp(&pid, "python3", &actions, nil, arguments, environ)
    close(ends[0])
    self.pid = pid
    self.lifeline = ends[1]
    try #require(status == 0, "python3 cannot be started: \(String(cString: strerror(status)))")
    try await eventually { self.folder.text("port") != nil }
    self.url = "http://127.0.0.1:\(self.folder.text("port") ?? "")/done"
  }

  deinit {
    close(self.lifeline)
    kill(self.pid, SIGKILL)
    waitpid(self.pid, nil, 0)
  }

  /// What it was sent, in order.
  var requests: [Request] {
    (self.folder.text("requests") ?? "").split(separator: "\n").compactMap {
      try? JSONDecoder().decode(Request.self, from: Data($0.utf8))
    }
  }
}
