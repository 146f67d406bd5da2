// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableExperimentalFeature("Lifetimes"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "Augury",
  products: [
    .library(name: "AuguryClient", targets: ["AuguryClient", "Tensors"]),
    // What the benchmarks, a package of their own, are made of.
    .library(name: "AuguryBase", targets: ["QueueCore", "ZeroMQ"]),
    .library(name: "AuguryEngines", targets: ["Inference", "Tensors"]),
    .executable(name: "broker", targets: ["broker"]),
    .executable(name: "worker", targets: ["worker"]),
    .executable(name: "augury", targets: ["augury"]),
    .executable(name: "simulate", targets: ["simulate"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // MARK: C
    .systemLibrary(name: "CZMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CLinux"),
    .target(name: "COnnxRuntime"),
    .target(name: "CCurl"),
    .target(name: "CSimdjson", linkerSettings: [.linkedLibrary("simdjson")]),

    // MARK: Base: decisions on one side, input and output on the other, neither knows the other
    .target(
      name: "QueueCore",
      dependencies: [
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: settings),
    .target(name: "ZeroMQ", dependencies: ["CLinux", "CZMQ"], swiftSettings: settings + [.strictMemorySafety()]),

    // MARK: Libraries
    .target(name: "Tensors", dependencies: ["CSimdjson"], swiftSettings: settings),
    .target(name: "Inference", dependencies: ["Tensors", "COnnxRuntime"], swiftSettings: settings),
    .target(
      name: "Simulator",
      dependencies: [
        "QueueCore", .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "AuguryClient",
      dependencies: [
        "QueueCore", "ZeroMQ", "Tensors", .product(name: "BasicContainers", package: "swift-collections"),
      ],
      swiftSettings: settings),
    .target(
      name: "Store", dependencies: ["QueueCore", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: settings),
    .target(
      name: "Jobs",
      dependencies: [
        "CCurl", "CZlib", "QueueCore", "ZeroMQ", "AuguryClient", "Store", "Tensors",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: settings),

    .target(
      name: "Versions", dependencies: ["QueueCore", "ZeroMQ", "AuguryClient", "Store", "Inference", "Tensors"],
      swiftSettings: settings),

    .target(
      name: "LoadGenerator",
      dependencies: [
        "CCurl", "CLinux", "QueueCore", "ZeroMQ", "Tensors",
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: settings),

    // MARK: Programs
    .executableTarget(
      name: "broker",
      dependencies: [
        "QueueCore", "ZeroMQ", "AuguryClient", "Store", "Jobs", "Inference", "Tensors", "Versions",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "worker",
      dependencies: [
        "QueueCore", "ZeroMQ", "Inference", "Tensors",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "augury",
      dependencies: [
        "AuguryClient", "Tensors", "QueueCore", "ZeroMQ", "Store", "Jobs", "LoadGenerator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "simulate",
      dependencies: ["Simulator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: settings),

    // MARK: Tests
    .testTarget(
      name: "QueueCoreTests",
      dependencies: [
        "QueueCore", .product(name: "BasicContainers", package: "swift-collections"),
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: settings),
    .testTarget(name: "SimulatorTests", dependencies: ["QueueCore", "Simulator"], swiftSettings: settings),
    .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ", "CZMQ"], swiftSettings: settings),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors"], swiftSettings: settings),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "Tensors"], exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(name: "StoreTests", dependencies: ["Store", "QueueCore"], swiftSettings: settings),
    .testTarget(
      name: "VersionsTests",
      dependencies: ["Versions", "Store", "AuguryClient", "QueueCore", "Inference", "ZeroMQ"],
      swiftSettings: settings),
    .testTarget(
      name: "LoadGeneratorTests", dependencies: ["LoadGenerator", "QueueCore", "Tensors", "ZeroMQ"],
      swiftSettings: settings),
    .testTarget(
      name: "JobsTests",
      dependencies: [
        "Jobs", "Store", "AuguryClient", "QueueCore", "ZeroMQ", "Tensors", "CZlib",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings),
    .testTarget(
      name: "AuguryClientTests",
      dependencies: ["AuguryClient", "LoadGenerator", "QueueCore", "ZeroMQ", "Tensors", "augury"],
      swiftSettings: settings),
    .testTarget(
      name: "WorkerTests", dependencies: ["worker", "QueueCore", "ZeroMQ", "Tensors", "Inference"],
      swiftSettings: settings),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "AuguryClient", "Tensors", "QueueCore", "Store", "ZeroMQ", "Versions", "broker", "worker", "augury",
      ],
      swiftSettings: settings),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx17
)
