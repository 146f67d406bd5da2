import Glibc
import Testing

@testable import Jobs

struct PathsTests {
  private let folder = TemporaryFolder()

  @Test func theErrorsFileIsNamedAfterTheOutput() {
    #expect(Paths.errors(ofOutput: "/a/rows.jsonl") == "/a/rows.errors.jsonl")
    #expect(Paths.errors(ofOutput: "/a/rows.csv") == "/a/rows.csv.errors.jsonl")
    #expect(Paths.errors(ofOutput: "/a/rows") == "/a/rows.errors.jsonl")
    #expect(Paths.directory(of: "/a/b/c") == "/a/b")
    #expect(Paths.directory(of: "/c") == "/")
  }

  @Test func aRenameReplacesOnlyWhereItMay() throws {
    let source = try self.folder.write("source", "new")
    let target = try self.folder.write("target", "old")
    #expect(throws: FileError.self) { try Paths.rename(source, to: target, replacing: false) }
    #expect(self.folder.text("target") == "old")
    #expect(self.folder.text("source") == "new")
    try Paths.rename(source, to: target, replacing: true)
    #expect(self.folder.text("target") == "new")
    #expect(self.folder.names == ["target"])
  }

  @Test func aRenameThatWasDoneHalfIsCompleted() throws {
    let source = try self.folder.write("source", "new")
    let target = self.folder.file("target")
    link(source, target)
    try Paths.rename(source, to: target, replacing: false)
    #expect(self.folder.names == ["target"])
    #expect(self.folder.text("target") == "new")
  }

  @Test func aFileIsWrittenByOneAtATime() throws {
    let path = self.folder.file("out")
    let holder = try OpenFile.forWriting(path)
    #expect {
      _ = try OpenFile.forWriting(path)
    } throws: { ($0 as? FileError)?.hope == .lock }
    #expect(holder.path == path)
  }

  @Test func errorsNameTheOperationThePathAndTheReason() {
    #expect {
      _ = try OpenFile.forReading(self.folder.file("none"))
    } throws: { error in
      "\(error)" == "cannot open '\(self.folder.file("none"))': No such file or directory"
    }
    let hopes: [(Int32, FileError.Hope?)] = [
      (ENOSPC, .room), (EDQUOT, .room), (EMFILE, .resources), (EIO, nil), (EACCES, nil), (0, nil),
    ]
    for (number, hope) in hopes {
      #expect(FileError(operation: "write", path: "/x", number: number, detail: "").hope == hope)
    }
  }
}
