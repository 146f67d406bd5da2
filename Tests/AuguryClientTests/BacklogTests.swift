import QueueCore
import Testing

@testable import AuguryClient

@Suite("What waits for the socket")
struct BacklogTests {
  private func drain(_ backlog: inout Backlog) -> [[UInt8]] {
    var headers: [[UInt8]] = []
    while let unit = backlog.first() {
      headers.append(unit.header)
      backlog.remove(unit)
    }
    return headers
  }

  @Test("Units leave in the order in which they came")
  func order() {
    var backlog = Backlog()
    backlog.append(ping: [1])
    backlog.append(request: RequestID(1), header: [2], payload: [])
    backlog.append(cancel: [3])
    backlog.append(request: RequestID(2), header: [4], payload: [])
    let left = self.drain(&backlog)
    #expect(left == [[1], [2], [3], [4]])
    #expect(backlog.isEmpty)
  }

  @Test("A request can be taken back until it is gone")
  func withdrawal() {
    var backlog = Backlog()
    for id in 1...3 { backlog.append(request: RequestID(UInt64(id)), header: [UInt8(id)], payload: []) }
    let first = backlog.first()
    #expect(first?.header == [1])
    if let first { backlog.remove(first) }
    let withdrawn = [1, 2, 2].map { backlog.withdraw(RequestID($0)) }
    #expect(withdrawn == [false, true, false])
    let left = self.drain(&backlog)
    #expect(left == [[3]])
  }

  @Test("Only the last of the PINGs that wait is sent, where it stands")
  func pings() {
    var backlog = Backlog()
    backlog.append(ping: [1])
    backlog.append(request: RequestID(1), header: [2], payload: [])
    backlog.append(ping: [3])
    let left = self.drain(&backlog)
    #expect(left == [[2], [3]])
    backlog.append(ping: [4])
    let alone = self.drain(&backlog)
    #expect(alone == [[4]])
  }

  @Test("Against a plain list of what should be left, whatever happens, and its places do not pile up")
  func againstAModel() {
    var random = SplitMix64(seed: 11)
    var backlog = Backlog()
    var model: [(request: RequestID?, isPing: Bool, header: [UInt8])] = []
    for step in 0..<20_000 {
      let header = withUnsafeBytes(of: step) { [UInt8]($0) }
      switch Int.random(in: 0..<10, using: &random) {
      case 0...2:
        let id = RequestID(UInt64(step))
        backlog.append(request: id, header: header, payload: [])
        model.append((id, false, header))
      case 3:
        backlog.append(cancel: header)
        model.append((nil, false, header))
      case 4:
        backlog.append(ping: header)
        model.removeAll { $0.isPing }
        model.append((nil, true, header))
      case 5...6:
        let id = model.randomElement(using: &random)?.request ?? RequestID(.max)
        let withdrawn = backlog.withdraw(id)
        #expect(withdrawn == model.contains { $0.request == id })
        model.removeAll { $0.request == id }
      case 7 where random.chance(oneIn: 2):
        let ping = backlog.waitingPing()
        #expect(ping?.header == model.first { $0.isPing }?.header)
        if let ping { backlog.remove(ping) }
        model.removeAll { $0.isPing }
      case 7 where random.chance(oneIn: 100):
        let left = self.drain(&backlog)
        #expect(left == model.map(\.header))
        model.removeAll()
      default:
        let first = backlog.first()
        #expect(first?.header == model.first?.header)
        if let first {
          backlog.remove(first)
          model.removeFirst()
        }
      }
      #expect(backlog.isEmpty == model.isEmpty)
      #expect(backlog.units.count <= max(65, 2 * model.count + 3))
    }
    let left = self.drain(&backlog)
    #expect(left == model.map(\.header))
  }
}
