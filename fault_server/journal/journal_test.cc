#include "fault_server/journal/journal.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fault_server/answer/body.h"
#include "fault_server/journal/sha256.h"

namespace fault {
namespace {

TEST(Journal, a_full_ring_counts_what_it_dropped) {
  Journal journal(3);
  std::size_t seen = 0;
  journal.set_sink([&](const Entry&) { ++seen; });
  for (int i = 0; i < 5; ++i) journal.add(Entry{});
  EXPECT_EQ(journal.entries().size(), 3U);
  EXPECT_EQ(journal.dropped(), 2U);
  EXPECT_EQ(journal.entries().front().seq, 3U);
  EXPECT_EQ(journal.last_seq(), 5U);
  EXPECT_EQ(seen, 5U);
  std::vector<std::uint64_t> after;
  journal.each_after(3, [&](const Entry& entry) {
    after.push_back(entry.seq);
    return true;
  });
  EXPECT_EQ(after, (std::vector<std::uint64_t>{4, 5}));
  journal.clear();
  EXPECT_EQ(journal.add(Entry{}).seq, 6U);
}

TEST(Journal, lines_hold_what_applies_in_a_fixed_order) {
  Entry entry;
  entry.seq = 7;
  entry.type = EntryType::kConnClose;
  entry.conn = 2;
  entry.closed_by = ClosedBy::kFault;
  entry.how = CloseHow::kRst;
  EXPECT_EQ(to_json_line(entry),
            R"({"seq":7,"t_ns":0,"wall":0,"type":"conn.close","conn":2,"bytes_in":0,)"
            R"("bytes_out":0,"closed_by":"fault","how":"rst","unread_bytes":0})");
}

TEST(Journal, bytes_that_are_no_utf8_still_make_json) {
  Entry entry;
  entry.type = EntryType::kReqHead;
  entry.target = "/\xFF";
  entry.headers = {{"A", "\x80\n"}};
  EXPECT_FALSE(nlohmann::json::parse(to_json_line(entry), nullptr, false).is_discarded());
}

TEST(Body, any_part_of_seeded_bytes_can_be_made_alone) {
  const std::string whole = seeded_bytes(3, 0, 100);
  for (std::size_t at = 0; at < 100; ++at) {
    EXPECT_EQ(seeded_bytes(3, at, 100 - at), whole.substr(at));
  }
  EXPECT_NE(seeded_bytes(4, 0, 100), whole);
  EXPECT_EQ(BodySource::random(100, 3).sha256(100), sha256_hex(whole));
}

TEST(Body, a_stream_is_the_same_however_it_is_taken) {
  for (std::size_t most : {1U, 3U, 7U, 100U, 5000U}) {
    BodyStream stream(BodySource::fill(1000));
    stream.use_chunks(64, ChunkFlaw::kNone, "T: 1\r\n");
    std::string out;
    while (stream.produce(out, 1000, most)) {
    }
    out += stream.terminator();
    BodyStream whole(BodySource::fill(1000));
    whole.use_chunks(64, ChunkFlaw::kNone, "T: 1\r\n");
    std::string expected;
    whole.produce(expected, 1000, 1 << 20);
    EXPECT_EQ(out, expected + "0\r\nT: 1\r\n\r\n") << most;
  }
}

}  // namespace
}  // namespace fault
