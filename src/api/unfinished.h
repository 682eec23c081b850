// Counts clients that were destroyed with requests running and whose loop has not run since, for a
// warning at the end of the process. Thread: any.
#pragma once

namespace holdfast::api {

/// `by`: 1 for one more, -1 when one has ended after all.
void count_unfinished(int by);

}  // namespace holdfast::api
