#include "cli/form.h"

#include <gtest/gtest.h>

#include <string>

namespace holdfast::cli {
namespace {

std::string sent(const std::string& text) {
  Multipart form;
  const FormComplaint complaint = add_form_part(text, form);
  if (!complaint.text.empty()) return "refused: " + complaint.text;
  return form.body().kind() == Body::Kind::bytes ? form.body().bytes() : "streamed";
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

TEST(Form, a_file_is_streamed) { EXPECT_EQ(sent("a=@/proc/self/exe"), "streamed"); }

TEST(Form, mistakes_are_named_with_the_remedy) {
  const struct {
    const char* text;
    const char* wanted;
  } mistakes[] = {{"", "NAME=VALUE"},
                  {"name", "NAME=VALUE"},
                  {"=value", "NAME=VALUE"},
                  {"a=@", "missing"},
                  {"a=@/no/such/file", "'/no/such/file': No such file"},
                  {"a=@/", "no regular file"},
                  {"a=b;type=nonsense", "'nonsense' is no media type"}};
  for (const auto& mistake : mistakes) {
    EXPECT_TRUE(sent(mistake.text).starts_with("refused: ")) << mistake.text;
    EXPECT_TRUE(has(sent(mistake.text), mistake.wanted)) << sent(mistake.text);
  }
}

TEST(Form, a_file_that_cannot_be_read_is_told_from_a_slip_of_the_pen) {
  Multipart form;
  EXPECT_TRUE(add_form_part("a=@/no/such/file", form).unreadable);
  EXPECT_FALSE(add_form_part("a", form).unreadable);
}

}  // namespace
}  // namespace holdfast::cli
