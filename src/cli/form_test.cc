#include "cli/form.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::cli {
namespace {

std::string sent(const std::string& text) {
  std::vector<FormPart> parts;
  const std::string complaint = add_form_part(text, parts);
  if (!complaint.empty()) return "refused: " + complaint;
  if (!parts.front().file.empty()) return "file: " + parts.front().file;
  return Multipart().part(parts.front().part).body().bytes();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

TEST(Form, a_value_is_sent_as_it_is) {
  EXPECT_TRUE(has(sent("a=b=c;d"), "name=\"a\"\r\n\r\nb=c;d\r\n")) << sent("a=b=c;d");
  EXPECT_TRUE(has(sent("a="), "name=\"a\"\r\n\r\n\r\n"));
}

TEST(Form, a_type_is_taken_off_the_value) {
  const std::string text = sent("a={};type=application/json");
  EXPECT_TRUE(has(text, "Content-Type: application/json\r\n")) << text;
  EXPECT_TRUE(has(text, "\r\n\r\n{}\r\n")) << text;
}

TEST(Form, a_value_keeps_what_is_a_suffix_of_files_only) {
  EXPECT_TRUE(has(sent("a=b;filename=c"), "\r\n\r\nb;filename=c\r\n"));
}

TEST(Form, a_file_is_read_later) {
  EXPECT_EQ(sent("a=@/no/such/file;type=image/png"), "file: /no/such/file");
  EXPECT_EQ(sent("a=@-"), "file: -");
}

TEST(Form, mistakes_are_named_with_the_remedy) {
  const struct {
    const char* text;
    const char* wanted;
  } mistakes[] = {{"", "NAME=VALUE"},
                  {"name", "NAME=VALUE"},
                  {"=value", "NAME=VALUE"},
                  {"a=@", "missing"},
                  {"a=b;type=nonsense", "'nonsense' is no media type"}};
  for (const auto& mistake : mistakes) {
    EXPECT_TRUE(sent(mistake.text).starts_with("refused: ")) << mistake.text;
    EXPECT_TRUE(has(sent(mistake.text), mistake.wanted)) << sent(mistake.text);
  }
}

}  // namespace
}  // namespace holdfast::cli
