// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "AuguryBenchmarks",
  dependencies: [
    .package(name: "Augury", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  ],
  targets: [
    .executableTarget(
      name: "augury-bench",
      dependencies: [
        .product(name: "AuguryBase", package: "Augury"),
        .product(name: "AuguryEngines", package: "Augury"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "BasicContainers", package: "swift-collections"),
      ],
      swiftSettings: [.enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error)])
  ],
  swiftLanguageModes: [.v6]
)
