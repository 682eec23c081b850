#include "wire/tls/pipe.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace holdfast::wire {
namespace {

TlsPipe& pipe_of(BIO* bio) { return *static_cast<TlsPipe*>(BIO_get_data(bio)); }

int read(BIO* bio, char* to, std::size_t size, std::size_t* done) {
  TlsPipe& pipe = pipe_of(bio);
  BIO_clear_retry_flags(bio);
  *done = std::min(size, pipe.input.size());
  if (*done == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(to, pipe.input.data(), *done);
  if (pipe.opening_size < sizeof pipe.opening) {
    const std::size_t more = std::min(*done, sizeof pipe.opening - pipe.opening_size);
    std::memcpy(pipe.opening + pipe.opening_size, to, more);
    pipe.opening_size += more;
  }
  pipe.input.remove_prefix(*done);
  return 1;
}

int write(BIO* bio, const char* from, std::size_t size, std::size_t* done) {
  TlsPipe& pipe = pipe_of(bio);
  BIO_clear_retry_flags(bio);
  (pipe.out != nullptr ? *pipe.out : pipe.pending).append(from, size);
  *done = size;
  return 1;
}

/// Only flushing is asked of us; all else (end of file above all) is answered by "no".
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

BioMethodHandle make_pipe_method() {
  // Without an index of its own: those of a process are few, and clients may come and go.
  BioMethodHandle method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "holdfast pipe"));
  if (method != nullptr) {
    BIO_meth_set_read_ex(method.get(), &read);
    BIO_meth_set_write_ex(method.get(), &write);
    BIO_meth_set_ctrl(method.get(), &control);
  }
  return method;
}

BIO* make_pipe_bio(const BIO_METHOD* method, TlsPipe& pipe) {
  BIO* bio = BIO_new(method);
  HF_CHECK(bio != nullptr);
  BIO_set_data(bio, &pipe);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace holdfast::wire
