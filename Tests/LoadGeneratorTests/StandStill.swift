import Glibc

/// Has a server do nothing for so long: what a stall is.
func standStill(milliseconds: Int) {
  var time = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
  var rest = timespec()
  while nanosleep(&time, &rest) != 0 { time = rest }
}
