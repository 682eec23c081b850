#include "proptests/simulation/heard.h"

namespace proof {

using Kind = holdfast::engine::Note::Kind;

void Heard::add(const holdfast::engine::Note& note, std::string* story) {
  char letter = 0;
  switch (note.kind) {
    case Kind::attempt_started:
      ++attempts_started;
      letter = 'a';
      break;
    case Kind::attempt_ended:
      ++attempts_ended;
      bytes_sent += note.record.bytes_sent;
      letter = 'e';
      break;
    case Kind::retry_scheduled:
      ++retries.at(static_cast<std::size_t>(note.source));
      letter = 'r';
      break;
    case Kind::redirect_followed:
      letter = 'h';
      break;
    case Kind::request_ended:
      ++requests_ended;
      letter = 'q';
      break;
    case Kind::wait_began:
      ++waits_began;
      letter = 'w';
      break;
    case Kind::wait_ended:
      ++waits_ended;
      waited += note.span;
      letter = 'W';
      break;
    case Kind::connection_reused:
      ++reused;
      letter = 'u';
      break;
    case Kind::connection_opened:
      ++opened;
      break;
    case Kind::connection_closed:
      ++closed.at(static_cast<std::size_t>(note.cause));
      if (note.span.count() < 0) ++never_opened;
      break;
  }
  if ((letter != 0) != (story != nullptr)) ++wrong;
  if (letter != 0 && story != nullptr) *story += letter;
}

bool is_whole(const std::string& story) {
  bool trying = false, waiting = false, retrying = true, over = false;
  for (const char letter : story) {
    if (over) return false;
    switch (letter) {
      case 'a':
        if (trying || !retrying) return false;
        trying = true;
        break;
      case 'w':
        if (!trying || waiting) return false;
        waiting = true;
        break;
      case 'W':
        if (!trying || !waiting) return false;
        waiting = false;
        break;
      case 'u':
        if (!trying || waiting) return false;
        break;
      case 'e':
        if (!trying || waiting) return false;
        trying = retrying = false;
        break;
      case 'r':
      case 'h':
        if (trying || retrying) return false;
        retrying = true;
        break;
      case 'q':
        if (trying) return false;
        over = true;
        break;
      default:
        return false;
    }
  }
  return over && !waiting;
}

}  // namespace proof
