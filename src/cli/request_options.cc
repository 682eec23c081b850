#include "cli/request_options.h"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string_view>

#include "cli/byte_size.h"
#include "cli/checked_option.h"
#include "cli/descriptor.h"
#include "cli/form.h"
#include "cli/protocol_options.h"
#include "holdfast/authorization.h"

namespace holdfast::cli {

namespace {

std::string take_user(const std::string& text, CommandLine& line) {
  const std::size_t colon = text.find(':');
  // What was given is a secret even where it is not of the right shape.
  if (colon == text.npos) return "expected USER:PASSWORD (an empty password is fine: 'user:')";
  line.secrets.push_back(text);
  line.authorization = basic_authorization(std::string_view(text).substr(0, colon),
                                           std::string_view(text).substr(colon + 1));
  return "";
}

std::string take_word(const std::string& text, std::vector<std::string>& into) {
  into.push_back(text);
  return "";
}

std::string take_max_filesize(const std::string& text, CommandLine& line) {
  const auto size = parse_byte_size(text);
  if (!size) return "use a number of bytes, or of KiB, MiB or GiB with k, M or G behind it";
  if (*size == 0) return "no body could be received; use 1 or more";
  line.max_filesize = *size;
  line.client.limits.max_body_bytes = *size;
  return "";
}

void add_form(CLI::App& app, CommandLine& line) {
  add_checked(
      app, "-F,--form", [&line](const std::string& text) { return add_form_part(text, line.form); },
      "A part of a multipart form: a value or a file, either with ;type=MEDIA/TYPE (repeatable)",
      Shown::no)
      ->type_name("NAME=VALUE|NAME=@FILE")
      ->group(kRequestGroup);
}

bool is_standard(const std::string& path, int standard) {
  return inherited_descriptor(path, standard) == standard;
}

std::ptrdiff_t reads_standard_input(const CommandLine& line) {
  const auto data = std::count_if(line.data.begin(), line.data.end(), [](const std::string& text) {
    return text.starts_with('@') && is_standard(text.substr(1), STDIN_FILENO);
  });
  const auto form = std::count_if(line.form.begin(), line.form.end(), [](const FormPart& part) {
    return is_standard(part.file, STDIN_FILENO);
  });
  return data + form;
}

/// Heads and bodies may follow each other, as with curl; JSON is for programs to read.
bool mixes_with_json(const CommandLine& line) {
  return line.json && (is_standard(line.output_file, STDOUT_FILENO) ||
                       is_standard(line.head_file, STDOUT_FILENO));
}

/// "Name: value" lines to fields; what is wrong with the first bad one, or "".
std::string take_headers(CommandLine& line) {
  for (const std::string& text : line.header_lines) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0) {
      return "-H '" + text.substr(0, 40) + "': expected 'Name: value'";
    }
    const std::size_t value = text.find_first_not_of(" \t", colon + 1);
    line.headers.add(text.substr(0, colon),
                     value == std::string::npos ? "" : std::string_view(text).substr(value));
  }
  const std::string complaint = line.headers.complaint();
  return complaint.empty() ? "" : "-H: " + complaint;
}

}  // namespace

void add_request_options(CLI::App& app, CommandLine& line, Content content) {
  app.add_option("--base-url", line.client.base_url, "Resolve relative URLs against this")
      ->type_name("URL")
      ->group(kRequestGroup);
  app.add_flag_callback(
         "--cookies", [&line] { line.client.cookies = std::make_shared<CookieJar>(); },
         "Keep the cookies that are set, in memory, and send them with later requests")
      ->group(kRequestGroup);
  if (content != Content::none) {
    add_checked(
        app, "-d,--data", [&line](const std::string& text) { return take_word(text, line.data); },
        "Request body: text, @FILE, or @- for standard input, byte for byte (repeatable: joined "
        "with '&')",
        Shown::no)
        ->type_name("DATA|@FILE")
        ->group(kRequestGroup);
  }
  if (content == Content::form) add_form(app, line);
  add_checked(
      app, "-H,--header",
      [&line](const std::string& text) { return take_word(text, line.header_lines); },
      "Add a field: 'Name: value' (repeatable)", Shown::no)
      ->type_name("FIELD")
      ->group(kRequestGroup);
  app.add_flag("-L,--location", line.client.redirects.follow,
               "Follow redirects; never from https to http, and never with a POST's body. One that "
               "is not followed is not exit 0")
      ->group(kRequestGroup);
  app.add_flag_callback(
         "--location-downgrade",
         [&line] { line.client.redirects.follow = line.client.redirects.allow_downgrade = true; },
         "Follow redirects from https to http too, where everybody can read what is sent")
      ->group(kRequestGroup);
  app.add_option("--max-redirs", line.client.redirects.max_redirects,
                 "Redirects followed at most, else exit 47 (default 10)")
      ->type_name("N")
      ->group(kRequestGroup);
  app.add_flag("--path-as-is", line.client.path_as_is,
               "Send . and .. in paths as they are (default: they are removed)")
      ->group(kRequestGroup);
  add_checked(
      app, "-u,--user", [&line](const std::string& text) { return take_user(text, line); },
      "Basic authorization; -H Authorization goes before it", Shown::no)
      ->expected(1)
      ->type_name("USER:PASSWORD")
      ->group(kRequestGroup);
}

void add_output_options(CLI::App& app, CommandLine& line) {
  app.add_option("-D,--dump-header", line.head_file,
                 "Write the received heads here; -: standard output")
      ->type_name("FILE")
      ->group(kOutputGroup);
  app.add_flag("--fail", line.fail, "Exit 22, without a body, when the status is 400 or above")
      ->group(kOutputGroup);
  app.add_flag("--json", line.json, "Print one JSON object per URL instead of the body")
      ->group(kOutputGroup);
  add_checked(
      app, "--max-filesize",
      [&line](const std::string& text) { return take_max_filesize(text, line); },
      "Refuse a larger body: exit 63 (default 1G; none with --stream or -o FILE)")
      ->expected(1)
      ->type_name("N[k|M|G]")
      ->group(kOutputGroup);
  app.add_flag_callback(
         "--no-progress", [&line] { line.progress = false; },
         "Show no bar (default: none unless only standard error is a terminal)")
      ->trigger_on_parse()
      ->group(kOutputGroup);
  app.add_option("-o,--output", line.output_file, "Write bodies here, not to standard output (-)")
      ->type_name("FILE")
      ->group(kOutputGroup);
  app.add_flag_callback(
         "--progress", [&line] { line.progress = true; },
         "Show a bar for bodies above 1 MiB even if they go to the terminal")
      ->trigger_on_parse()  // so that the last one of the two counts
      ->group(kOutputGroup);
  add_raw_option(app, line.client, kOutputGroup);
  app.add_flag("--stream", line.stream,
               "Write the body as it arrives: any size, but no retry once it has begun")
      ->group(kOutputGroup);
  app.add_flag("-v,--verbose", line.verbose, "Tell every attempt on standard error")
      ->group(kOutputGroup);
}

std::string settle_request(CommandLine& line) {
  if (!line.data.empty() && !line.form.empty()) {
    return "-d and -F: a request has one body; give its parts all with -F, or all of it with -d";
  }
  if (std::string complaint = take_headers(line); !complaint.empty()) return complaint;
  if (reads_standard_input(line) > 1) {
    return "standard input is named more than once in -d or -F: it can be read once";
  }
  if (mixes_with_json(line)) {
    return "--json writes to standard output, and so would -o or -D: give them a file";
  }
  if (line.output_file == "-") line.output_file.clear();
  if (!line.form.empty() && line.headers.contains("Content-Type")) {
    return "-F sets Content-Type, boundary and all: take -H Content-Type out";
  }
  if (!line.authorization.empty() && !line.headers.contains("Authorization")) {
    line.headers.add("Authorization", line.authorization);
    // Of everything -u can say only a line break is refused.
    if (!line.headers.complaint().empty()) return "-u: line breaks cannot be sent; take them out";
  }
  return "";
}

}  // namespace holdfast::cli
