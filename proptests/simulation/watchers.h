// One observer and one hook, in C++ and in C: what they are told, as text without what the clock
// and the kernel have a say in, and what the hook does to the attempts. Used by faces_test.cc.
// Thread: the loop's.
#pragma once

#include <memory>
#include <string>

#include "holdfast.h"
#include "holdfast/client.h"

namespace proof {

/// `heard` gets a line for each event, each question of the hook and each line of the log. The hook
/// signs every attempt with its number; some it lets wait until the loop's next turn, some it
/// refuses: which depends on the numbers of request and attempt alone.
void watch(holdfast::Client& client, std::string& heard);
/// What comes back is to be kept until the client is freed.
std::shared_ptr<void> watch(holdfast_client* client, std::string& heard);

}  // namespace proof
