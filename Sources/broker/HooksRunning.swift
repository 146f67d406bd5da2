import Jobs
import ServiceLifecycle

/// The hook service's end of the lifecycle.
struct HooksRunning: Service {
  let hooks: HookService

  func run() async throws {
    await withTaskCancellationOrGracefulShutdownHandler {
      await self.hooks.run()
    } onCancelOrGracefulShutdown: {
      self.hooks.stop()
    }
  }
}
