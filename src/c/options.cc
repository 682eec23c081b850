// Implements holdfast.h: options.
#include "c/types.h"
#include "holdfast/options_text.h"

using holdfast::c::complain;
using holdfast::c::guarded;
using holdfast::c::Predicate;
using holdfast::c::view;

namespace holdfast::c {

std::string field_complaint(std::string_view name, std::string_view value) {
  return Headers({{name, value}}).complaint();
}

namespace {

holdfast_options* copy(const holdfast_options& options) {
  return new holdfast_options{options.options, options.predicate, {}};
}

}  // namespace

RetryAdvice ask(const RetryQuestion& question, const void* context) noexcept {
  return guarded(RetryAdvice::defaults, [&] {
    const auto& predicate = *static_cast<const Predicate*>(context);
    const std::string method(question.method);
    const holdfast_retry_question told = {
        method.c_str(),  question.attempt,        static_cast<holdfast_code>(question.error),
        question.status, letter(question.replay), question.would_retry ? 1 : 0};
    switch (call_user(predicate.call, predicate.context, &told)) {
      case HOLDFAST_RETRY_STOP:
        return RetryAdvice::stop;
      case HOLDFAST_RETRY_AGAIN:
        return RetryAdvice::retry;
      case HOLDFAST_RETRY_DEFAULT:
        break;
    }
    return RetryAdvice::defaults;
  });
}

}  // namespace holdfast::c

holdfast_options* holdfast_options_new(void) {
  return guarded<>(static_cast<holdfast_options*>(nullptr), [] { return new holdfast_options(); });
}
holdfast_options* holdfast_options_copy(const holdfast_options* options) {
  return guarded<>(static_cast<holdfast_options*>(nullptr),
                   [&] { return holdfast::c::copy(*options); });
}
void holdfast_options_free(holdfast_options* options) { delete options; }

const char* holdfast_options_set(holdfast_options* options, const char* name, const char* value) {
  return complain(options->said, [&] {
    return holdfast::c::text_of(set_option(options->options, view(name), view(value)));
  });
}

const char* holdfast_options_set_ms(holdfast_options* options, const char* name,
                                    uint64_t milliseconds) {
  return complain(options->said, [&] {
    const std::string value = std::to_string(milliseconds) + "ms";
    return holdfast::c::text_of(set_option(options->options, view(name), value));
  });
}

const char* holdfast_options_set_number(holdfast_options* options, const char* name,
                                        uint64_t number) {
  return complain(options->said, [&] {
    return holdfast::c::text_of(set_option(options->options, view(name), std::to_string(number)));
  });
}

const char* holdfast_options_add_header(holdfast_options* options, const char* name,
                                        const char* value) {
  return complain(options->said, [&] {
    std::string complaint = holdfast::c::field_complaint(view(name), view(value));
    if (complaint.empty()) options->options.default_headers.add(view(name), view(value));
    return complaint;
  });
}

const char* holdfast_option_name(size_t index) {
  const auto names = holdfast::option_names();
  return index < names.size() ? holdfast::c::word(names[index]) : nullptr;
}

const char* holdfast_options_validate(holdfast_options* options) {
  return complain(options->said, [&] { return to_string(options->options.validate()); });
}

const char* holdfast_options_explain(holdfast_options* options) {
  return guarded(holdfast::c::kNoMemory, [&] {
    const holdfast::ClientOptions& o = options->options;
    options->said = explain(o.retry, o.timeouts, o.redirects).text;
    return options->said.c_str();
  });
}

int64_t holdfast_options_cost(const holdfast_options* options, holdfast_cost which) {
  return guarded(int64_t{-1}, [&]() -> int64_t {
    const holdfast::ClientOptions& o = options->options;
    const holdfast::Explanation cost = explain(o.retry, o.timeouts, o.redirects);
    switch (which) {
      case HOLDFAST_COST_WORST_LATENCY:
        return cost.worst_latency.count();
      case HOLDFAST_COST_STALLED_LATENCY:
        return cost.stalled_latency.count();
      case HOLDFAST_COST_WORST_BACKOFF:
        return cost.worst_backoff.count();
      case HOLDFAST_COST_WORST_REQUESTS:
        return cost.worst_requests;
    }
    return -1;  // the program was built against a later version
  });
}

const char* holdfast_options_set_retry_predicate(holdfast_options* options,
                                                 holdfast_retry_predicate predicate,
                                                 void* context) {
  return complain(options->said, [&] {
    // A new object each time: copies of these options, and clients made from them, keep the old
    // one.
    auto made = std::make_shared<const Predicate>(Predicate{predicate, context});
    options->options.retry.predicate = predicate == nullptr ? nullptr : &holdfast::c::ask;
    options->options.retry.predicate_context = made.get();
    options->predicate = std::move(made);
    return std::string();
  });
}
