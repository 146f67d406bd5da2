import Store
import Testing

/// What every registry must do.
struct RegistryContractTests {
  @Test(arguments: StoreUnderTest.allCases)
  func aRegisteredVersionIsKeptAsItWasGiven(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      let details = VersionDetails(
        stage: "candidate", description: "\"quoted\", näive", labels: ["team": "vision"],
        metrics: ["accuracy": 0.1 + 0.2])
      let made = try await store.register(.example(details: details))
      #expect(made == .example(details: details))
      _ = try await store.register(.example("2"))
      _ = try await store.register(.example("1", model: "letters"))
      #expect(try await store.registeredVersions(of: "digits").sorted { $0.version < $1.version }[0] == made)
      #expect(try await store.registeredVersions(of: "digits").count == 2)
      #expect(try await store.registeredVersions(of: nil).count == 3)
      #expect(try await store.registeredVersions(of: "none").isEmpty)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func theSameArtifactAgainAddsWhatIsNewAboutIt(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      let first = VersionDetails(stage: "candidate", labels: ["a": "1", "b": "2"], metrics: ["accuracy": 0.9])
      _ = try await store.register(.example(details: first))
      var again = RegisteredVersion.example(
        details: VersionDetails(description: "better", labels: ["a": "", "c": "3"], metrics: ["loss": 0.5]), at: 200)
      again.path = "/elsewhere/model.onnx"
      again.signature = nil
      let merged = try await store.register(again)
      #expect(merged.path == "/elsewhere/model.onnx")
      #expect(merged.createdAt == 100)
      #expect(merged.updatedAt == 200)
      #expect(merged.signature == RegisteredVersion.example().signature, "what could be read once stays known")
      #expect(
        merged.details
          == VersionDetails(
            stage: "candidate", description: "better", labels: ["b": "2", "c": "3"],
            metrics: ["accuracy": 0.9, "loss": 0.5]))
      #expect(try await store.registeredVersions(of: nil) == [merged])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func anotherArtifactIsRefusedWithBothDigestsAndChangesNothing(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      let made = try await store.register(.example(digest: "ab12"))
      let error = await failure { _ = try await store.register(.example(digest: "cd34")) }
      #expect(error?.code == .digestDiffers)
      #expect(error?.message.contains("ab12") == true && error?.message.contains("cd34") == true)
      #expect(try await store.registeredVersions(of: nil) == [made])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func anUpdateChangesDetailsAndNothingElse(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      var expected = try await store.register(.example(details: VersionDetails(stage: "candidate")))
      let changed = try await store.updateVersion(
        model: "digits", version: "1", details: VersionDetails(stage: "", metrics: ["f1": 1]), at: 300)
      expected.details = VersionDetails(metrics: ["f1": 1])
      expected.updatedAt = 300
      #expect(changed == expected)
      let error = await failure {
        _ = try await store.updateVersion(model: "digits", version: "9", details: VersionDetails(), at: 1)
      }
      #expect(error?.code == .notFound)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func anAliasStandsForAVersionAndCanBeMovedAndRemoved(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      for version in ["1", "2"] { _ = try await store.register(.example(version)) }
      _ = try await store.register(.example("1", model: "letters"))
      #expect(try await store.setAlias(.example("champion", "1")) == .example("champion", "1"))
      _ = try await store.setAlias(.example("champion", "1", model: "letters"))
      _ = try await store.setAlias(.example("champion", "2"))
      #expect(
        try await store.aliases() == [.example("champion", "2"), .example("champion", "1", model: "letters")])
      #expect(try await store.removeAlias(model: "digits", alias: "champion") == .example("champion", "2"))
      let error = await failure { _ = try await store.removeAlias(model: "digits", alias: "champion") }
      #expect(error?.code == .notFound)
      #expect(try await store.aliases() == [.example("champion", "1", model: "letters")])
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aNameMeansOneThing(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      _ = try await store.register(.example("1"))
      try await store.recordVersion(
        ModelVersionRecord(
          model: "digits", version: "2", digest: nil, signature: "{}", firstSeenAt: 1, lastSeenAt: 1))
      for taken in ["1", "2"] {
        let error = await failure { _ = try await store.setAlias(.example(taken, "1")) }
        #expect(error?.code == .nameTaken, "\(taken)")
      }
      _ = try await store.setAlias(.example("champion", "2"))
      let version = await failure { _ = try await store.register(.example("champion")) }
      #expect(version?.code == .nameTaken)
      let nothing = await failure { _ = try await store.setAlias(.example("best", "9")) }
      #expect(nothing?.code == .notFound)
    }
  }

  @Test(arguments: StoreUnderTest.allCases)
  func aVersionIsForgottenOnceNoAliasStandsForIt(kind: StoreUnderTest) async throws {
    try await kind.withRegistry { store in
      _ = try await store.register(.example("1"))
      try await store.recordVersion(
        ModelVersionRecord(
          model: "digits", version: "1", digest: "ab", signature: "{}", firstSeenAt: 1, lastSeenAt: 1))
      for alias in ["champion", "best"] { _ = try await store.setAlias(.example(alias, "1")) }
      let used = await failure { try await store.forgetVersion(model: "digits", version: "1") }
      #expect(used?.code == .inUse)
      #expect(used?.message.contains("best, champion") == true)
      for alias in ["champion", "best"] { _ = try await store.removeAlias(model: "digits", alias: alias) }
      try await store.forgetVersion(model: "digits", version: "1")
      #expect(try await store.registeredVersions(of: nil).isEmpty)
      #expect(try await store.versions().isEmpty)
      let gone = await failure { try await store.forgetVersion(model: "digits", version: "1") }
      #expect(gone?.code == .notFound)
    }
  }
}
