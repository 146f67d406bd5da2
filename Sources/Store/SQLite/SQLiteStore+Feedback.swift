import GRDB
public import QueueCore

extension SQLiteStore: FeedbackStore {
  /// Has the predictions of a model remembered from now on, or changes how.
  public func observe(_ model: ObservedModel) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: """
          INSERT OR REPLACE INTO observed_model (model, output, kept_predictions, kept_seconds) VALUES (?, ?, ?, ?)
          """,
        arguments: [model.model, model.output, model.keptPredictions, model.keptSeconds])
    }
  }

  /// Stops remembering the predictions of a model.
  public func stopObserving(_ model: String) async throws(StoreError) -> Bool {
    try await self.write { database in
      try database.execute(sql: "DELETE FROM observed_model WHERE model = ?", arguments: [model])
      return database.changesCount > 0
    }
  }

  /// The models whose predictions are remembered.
  public func observedModels() async throws(StoreError) -> [ObservedModel] {
    try await self.read { database in
      try Row.fetchAll(database, sql: "SELECT * FROM observed_model ORDER BY model").map { row in
        ObservedModel(
          model: try row.decode(forColumn: "model"), output: try row.decode(forColumn: "output"),
          keptPredictions: try row.decode(forColumn: "kept_predictions"),
          keptSeconds: try row.decode(forColumn: "kept_seconds"))
      }
    }
  }

  /// Remembers predictions.
  public func remember(_ predictions: [RememberedPrediction]) async throws(StoreError) {
    try await self.write { database in
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO prediction (id, model, version, epoch, predicted, made_at) VALUES (?, ?, ?, ?, ?, ?)
          """)
      for prediction in predictions {
        try statement.execute(arguments: [
          prediction.id.stored, prediction.model, prediction.version, Int64(prediction.epoch),
          try JSONText.text(prediction.values), prediction.madeAt,
        ])
      }
    }
  }

  /// Forgets the predictions of a model that are too old or too many.
  public func forgetPredictions(of model: ObservedModel, at time: Double) async throws(StoreError) {
    try await self.write { database in
      try database.execute(
        sql: "DELETE FROM prediction WHERE model = ? AND made_at < ?",
        arguments: [model.model, time - model.keptSeconds])
      try database.execute(
        sql: """
          DELETE FROM prediction WHERE id IN (
            SELECT id FROM prediction WHERE model = ? ORDER BY made_at DESC, id DESC LIMIT -1 OFFSET ?
          )
          """,
        arguments: [model.model, model.keptPredictions])
    }
  }

  /// The predictions of these ids that are remembered.
  public func predictions(
    _ ids: [PredictionID]
  ) async throws(StoreError) -> [PredictionID: RememberedPrediction] {
    try await self.read { database in
      let statement = try database.cachedStatement(sql: "SELECT * FROM prediction WHERE id = ?")
      var found: [PredictionID: RememberedPrediction] = [:]
      for id in ids {
        found[id] = try Row.fetchOne(statement, arguments: [id.stored]).map(RememberedPrediction.init(row:))
      }
      return found
    }
  }

  /// How many predictions of a model are remembered.
  public func predictionCount(of model: String) async throws(StoreError) -> Int {
    try await self.read { database in
      try Int.fetchOne(database, sql: "SELECT count(*) FROM prediction WHERE model = ?", arguments: [model]) ?? 0
    }
  }

  /// Takes feedback in.
  public func give(_ feedback: [GivenFeedback]) async throws(StoreError) -> Set<PredictionID> {
    try await self.write { database in
      let statement = try database.cachedStatement(
        sql: """
          INSERT OR IGNORE INTO feedback (id, model, version, epoch, predicted, made_at, truth, given_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?)
          """)
      var repeated: Set<PredictionID> = []
      for item in feedback {
        let prediction = item.prediction
        try statement.execute(arguments: [
          prediction.id.stored, prediction.model, prediction.version, Int64(prediction.epoch),
          try JSONText.text(prediction.values), prediction.madeAt, try JSONText.text(item.truth), item.givenAt,
        ])
        if database.changesCount == 0 { repeated.insert(prediction.id) }
      }
      return repeated
    }
  }

  /// Goes through all feedback about a model's predictions.
  public func reduceFeedback<Result: Sendable>(
    of model: String, into result: Result, _ update: @escaping @Sendable (inout Result, GivenFeedback) -> Void
  ) async throws(StoreError) -> Result {
    try await self.read { database in
      var result = result
      let rows = try Row.fetchCursor(database, sql: "SELECT * FROM feedback WHERE model = ?", arguments: [model])
      while let row = try rows.next() {
        let truth: [RowValue] = try JSONText.value(try row.decode(forColumn: "truth"), what: "feedback")
        update(
          &result,
          GivenFeedback(
            prediction: try RememberedPrediction(row: row), truth: truth,
            givenAt: try row.decode(forColumn: "given_at")))
      }
      return result
    }
  }
}

extension PredictionID {
  /// As SQLite's integers hold it.
  var stored: Int64 { Int64(bitPattern: self.rawValue) }
}

extension RememberedPrediction {
  /// Reads a row of the tables `prediction` and `feedback`.
  init(row: Row) throws {
    self.init(
      id: PredictionID(UInt64(bitPattern: try row.decode(Int64.self, forColumn: "id"))),
      model: try row.decode(forColumn: "model"), version: try row.decode(forColumn: "version"),
      epoch: try row.decode(forColumn: "epoch"),
      values: try JSONText.value(try row.decode(forColumn: "predicted"), what: "prediction"),
      madeAt: try row.decode(forColumn: "made_at"))
  }
}
