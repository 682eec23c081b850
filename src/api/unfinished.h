// Clients that were destroyed with requests under way, and whose loop has not run since: counted,
// so that the end of the process can say so. Thread: any.
#pragma once

namespace holdfast::api {

/// `by`: 1 for one more, -1 for one that has ended after all.
void count_unfinished(int by);

}  // namespace holdfast::api
