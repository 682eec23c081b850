// A move-only callable, like C++23's std::move_only_function. Callables of up to four pointers are
// stored inside, so that the usual callback needs no allocation. Thread: one owner.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "holdfast/export.h"

namespace holdfast {

template <class Signature>
class Function;

/// A callable with this signature, or empty. Move-only.
template <class R, class... Args>
class Function<R(Args...)> {
 public:
  /// Empty.
  Function() = default;
  /// Empty.
  Function(std::nullptr_t) {}  // NOLINT: implicit

  /// Stores the callable. A null function or member pointer makes an empty Function.
  template <class F, class D = std::decay_t<F>>
  requires(!std::is_same_v<D, Function> && std::is_invocable_r_v<R, D&, Args...>)
      Function(F&& callable) {  // NOLINT: implicit
    if constexpr (std::is_pointer_v<D> || std::is_member_pointer_v<D>) {
      if (callable == nullptr) return;  // stays empty
    }
    if constexpr (kFits<D>) {
      if constexpr (kPlain<D>) std::memset(storage_, 0, kRoom);  // all of it is copied, see take()
      ::new (static_cast<void*>(storage_)) D(std::forward<F>(callable));
      table_ = &kInline<D>;
    } else {
      std::memset(storage_, 0, kRoom);
      ::new (static_cast<void*>(storage_)) D*(new D(std::forward<F>(callable)));
      table_ = &kHeap<D>;
    }
  }
  /// Moves the callable; `other` is empty afterwards.
  Function(Function&& other) noexcept { take(other); }
  /// Destroys the callable and moves the other's here.
  Function& operator=(Function&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;
  ~Function() { reset(); }

  /// Returns whether there is a callable.
  explicit operator bool() const noexcept { return table_ != nullptr; }
  /// Calls it. Calling an empty Function aborts the process.
  R operator()(Args... args) {
    if (table_ == nullptr) [[unlikely]]
      std::abort();
    return table_->call(storage_, std::forward<Args>(args)...);
  }

  /// Destroys the callable; this is empty afterwards.
  void reset() noexcept {
    if (table_ != nullptr) std::exchange(table_, nullptr)->destroy(storage_);
  }

 private:
  struct Table {
    R (*call)(void*, Args&&...);
    void (*move)(void* from, void* to) noexcept;  // null: copying the storage moves it
    void (*destroy)(void*) noexcept;
  };
  static constexpr std::size_t kRoom = 4 * sizeof(void*);
  template <class D>
  static constexpr bool kFits =
      sizeof(D) <= kRoom &&
      alignof(D) <= alignof(std::max_align_t) && std::is_nothrow_move_constructible_v<D>;

  /// Of most callables, which capture pointers and numbers, the bytes are all there is.
  template <class D>
  static constexpr bool kPlain = std::is_trivially_copyable_v<D>;

  template <class D>
  static constexpr auto move_of() -> void (*)(void*, void*) noexcept {
    if constexpr (kPlain<D>) return nullptr;
    return [](void* from, void* to) noexcept {
      ::new (to) D(std::move(*static_cast<D*>(from)));
      static_cast<D*>(from)->~D();
    };
  }
  template <class D>
  static constexpr Table kInline{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((*static_cast<D*>(at))(std::forward<Args>(args)...));
      },
      move_of<D>(), [](void* at) noexcept { static_cast<D*>(at)->~D(); }};
  template <class D>
  static constexpr Table kHeap{
      [](void* at, Args&&... args) -> R {
        return static_cast<R>((**static_cast<D**>(at))(std::forward<Args>(args)...));
      },
      nullptr, [](void* at) noexcept { delete *static_cast<D**>(at); }};

  void take(Function& other) noexcept {
    if (other.table_ == nullptr) return;
    if (other.table_->move != nullptr) {
      other.table_->move(other.storage_, storage_);
    } else {
      std::memcpy(storage_, other.storage_, kRoom);
    }
    table_ = std::exchange(other.table_, nullptr);
  }

  const Table* table_ = nullptr;
  alignas(std::max_align_t) std::byte storage_[kRoom];
};

}  // namespace holdfast
