import ArgumentParser

/// `augury models`: the registry of model versions.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models",
    abstract: "Register versions of models, name them, look at them.",
    subcommands: [
      RegisterModelCommand.self, UpdateModelCommand.self, ListModelsCommand.self, ShowModelCommand.self,
      SetAliasCommand.self, RemoveAliasCommand.self, DeleteModelCommand.self,
    ])
}
