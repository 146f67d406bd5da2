#ifndef CSJ_BYTE_STORE_H
#define CSJ_BYTE_STORE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace csj {

/// Growable bytes whose start is aligned for vector loads and whose memory can be handed to another owner.
class ByteStore {
 public:
  static constexpr size_t kAlignment = 64;

  ByteStore() = default;
  ByteStore(const ByteStore &) = delete;
  ByteStore &operator=(const ByteStore &) = delete;
  ByteStore(ByteStore &&other) noexcept { swap(other); }
  ByteStore &operator=(ByteStore &&other) noexcept {
    swap(other);
    return *this;
  }
  ~ByteStore() { std::free(base_); }

  const uint8_t *data() const { return base_; }
  size_t size() const { return size_; }
  void clear() { size_ = 0; }

  template <typename T>
  void push(T value) {
    if (capacity_ - size_ < sizeof(T)) grow(sizeof(T));
    std::memcpy(base_ + size_, &value, sizeof(T));
    size_ += sizeof(T);
  }

  void append(const void *bytes, size_t count) {
    if (count == 0) return;
    if (capacity_ - size_ < count) grow(count);
    std::memcpy(base_ + size_, bytes, count);
    size_ += count;
  }

  void reserve(size_t count) {
    if (capacity_ < count) grow(count - size_);
  }

  void *release() {
    void *base = base_;
    base_ = nullptr;
    size_ = capacity_ = 0;
    return base;
  }

 private:
  void swap(ByteStore &other) {
    std::swap(base_, other.base_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  void grow(size_t additional) {
    size_t wanted = std::max<size_t>({size_ + additional, capacity_ * 2, kAlignment});
    wanted = (wanted + kAlignment - 1) / kAlignment * kAlignment;
    void *grown = std::aligned_alloc(kAlignment, wanted);
    if (grown == nullptr) throw std::bad_alloc();
    if (size_ != 0) std::memcpy(grown, base_, size_);
    std::free(base_);
    base_ = static_cast<uint8_t *>(grown);
    capacity_ = wanted;
  }

  uint8_t *base_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace csj

#endif
