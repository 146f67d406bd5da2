import ArgumentParser
import AuguryClient

/// How rows stand in a file.
enum FormatArgument: String, ExpressibleByArgument, CaseIterable {
  case jsonl
  case csv
  case npy
}

/// How a job's rows are read and written.
struct RowArguments: ParsableArguments {
  @Option(help: "How the input is read. (default: told by the input's name, which may end with .gz)")
  var inputFormat: FormatArgument?

  @Option(help: "How the output is written. (default: told by the output's name)")
  var outputFormat: FormatArgument?

  @Option(
    help: ArgumentHelp(
      "The field that names a row: kept from the model, passed on to output and errors.", valueName: "name"))
  var idField: String?

  @Option(
    help: ArgumentHelp(
      "What of a row stands beside its prediction: fields, or '*' for all of it.", valueName: "field,… | *"),
    transform: FieldList.parseJoin)
  var join: [String]?

  @Option(
    help: ArgumentHelp("The outputs of the model that are written, in this order. (default: all)", valueName: "name,…"),
    transform: FieldList.parse)
  var outputs: [String]?

  @Option(
    help: ArgumentHelp(
      "For CSV: the columns that make up an input of the model, as X=age,income or X=p0..p63; once for each input.",
      valueName: "input=column,…"),
    transform: ColumnMapping.init)
  var columns: [ColumnMapping] = []

  func validate() throws {
    if self.idField?.isEmpty == true { throw ValidationError("--id-field is empty, expected the name of a field") }
    if !self.columns.isEmpty, let format = self.inputFormat, format != .csv {
      throw ValidationError("--columns is for CSV, and --input-format is \(format.rawValue)")
    }
    _ = try self.columnsByInput()
  }

  /// Writes what was said into a submission.
  func apply(to job: inout JobSubmission) throws {
    job.inputFormat = self.inputFormat?.rawValue
    job.outputFormat = self.outputFormat?.rawValue
    job.idField = self.idField
    job.join = self.join
    job.outputs = self.outputs
    job.columns = try self.columnsByInput()
  }

  private func columnsByInput() throws -> [String: [String]]? {
    do throws(ArgumentError) {
      return try ColumnMapping.dictionary(self.columns)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
