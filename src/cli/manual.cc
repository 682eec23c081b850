#include "cli/manual.h"

#include <utility>

#include "cli/exit_code.h"
#include "cli/json_report.h"
#include "cli/load.h"
#include "cli/option_text.h"
#include "tool/man_page.h"

namespace holdfast::cli {

namespace {

tool::ManPage::Section named_options() {
  tool::ManPage::Section section{"Options by name"};
  section.text =
      "--option sets any of the library's options by its name, for which there need be no flag of "
      "its own: --option pool.max_idle=5. What a flag says goes before what --option says. Times "
      "have a unit (200ms, 2.5s, 1m, off), numbers of bytes may have one (64KiB, 16MiB, 1GiB), "
      "choices are yes or no, sets of statuses are written 429,500-504, lists a,b,c. The names, "
      "whose meanings and defaults the library's headers explain:";
  section.example = named_options_lines();
  return section;
}

tool::ManPage::Section json() {
  tool::ManPage::Section section{"JSON"};
  section.text =
      "--json prints one object a line for each URL. Every member is in every object; what does "
      "not apply is null. Members may be added in later versions. Times are in seconds.";
  for (const JsonMember& member : json_members()) {
    section.terms.emplace_back(member.path, std::string(member.meaning) + ".");
  }
  for (const JsonMember& member : load_json_members()) {
    section.terms.emplace_back("load: " + member.path, std::string(member.meaning) + ".");
  }
  return section;
}

}  // namespace

std::string manual(const tool::CommandInfo& command) {
  tool::ManPage page;
  page.version = HOLDFAST_VERSION;
  page.tagline = "an HTTP client that retries exactly what is safe";
  page.description =
      "holdfast sends HTTP requests and writes the bodies of the answers to standard output, byte "
      "for byte. It speaks HTTP/1.1 and HTTP/2, over TCP and TLS. A failed request is sent "
      "again where that is safe: GET, HEAD, OPTIONS, TRACE, PUT, DELETE and QUERY after a network "
      "failure "
      "or one "
      "of the statuses 408, 429, 500, 502, 503 and 504; POST and PATCH never. Between attempts it "
      "waits, longer each time, and never shorter than Retry-After asks.\n\n"
      "A body that was cut short is fetched again. To that end bodies for a file (-o) are written, "
      "as they come and of any size, to a new file beside it, and those for standard output, pipes "
      "and devices held in memory, up to 1 GiB or --max-filesize. With --stream they are written "
      "as they come, of any size; then nothing is retried once the first byte is out. A body that "
      "was cut short is never a success, and a file named by -o or -D is put in its place only "
      "when it is whole.\n\n"
      "Several URLs are fetched in order by one client, over kept connections; with -o their "
      "bodies stand in one file, one behind the other, and a body that failed is not in it.\n\n"
      "All of the command line is checked, and what -d and -F name is read, before anything is "
      "sent: a mistake in it sends nothing. Of an option that is given twice the last one counts; "
      "-d, -F, -H, --option, --pinnedpubkey, --resolve and --retry-policy add up. After -- every "
      "word is a URL.";
  tool::ManPage::Section statuses{"Exit status"};
  for (const ExitStatus& one : exit_statuses()) {
    statuses.terms.emplace_back(std::to_string(one.status), std::string(one.meaning) + ".");
  }
  tool::ManPage::Section policy{"Retry policy"};
  policy.text =
      "--retry-policy takes KEY=VALUE pairs parted by commas, or a file with one KEY = VALUE a "
      "line "
      "and comments after '#'. Keys are the library's option names: those of retry with or without "
      "'retry.', and those of timeouts. Times have a unit (200ms, 2s, 1m), sets of statuses a '+' "
      "between (429+503), sets of errors a '+' or a '-' "
      "(errors=default+dns_not_found-pool_timeout). "
      "What a flag says goes before what the policy says. --explain shows what "
      "comes of it.";
  policy.example = "holdfast get --retry-policy max_attempts=3,statuses=429+503 --explain";
  tool::ManPage::Section signals{"Signals"};
  signals.text =
      "SIGINT, SIGTERM and SIGHUP, and --total-timeout, end the command within a second, also "
      "while "
      "it waits for standard input, a pipe, a disk or a name server; half-written files are "
      "removed. Where --total-timeout ends it while a pipe or a disk blocks it, --json prints the "
      "object of the URL under way without its attempts. Those that are ignored when it starts "
      "stay ignored (nohup), those that are blocked "
      "are unblocked.";
  tool::ManPage::Section examples{"Examples"};
  examples.example =
      "holdfast get https://example.org/\n"
      "holdfast get -v -o page.html https://example.org/\n"
      "holdfast get --json --total-timeout 20 https://example.org/a https://example.org/b\n"
      "holdfast post -d @order.json -H 'Content-Type: application/json' http://localhost/orders\n"
      "holdfast post -F title=Holiday -F 'photo=@beach.jpg;type=image/jpeg' "
      "http://localhost/album\n"
      "holdfast load -n 10000 -c 50 http://localhost/";
  tool::ManPage::Section files{"Environment"};
  files.text =
      "SSL_CERT_FILE and SSL_CERT_DIR name other trusted certificates than the system's. "
      "http_proxy, https_proxy, all_proxy and no_proxy are heeded with --proxy-from-env only.";
  page.sections = {std::move(policy),   named_options(),    json(),
                   std::move(statuses), std::move(signals), std::move(files),
                   std::move(examples)};
  page.see_also = {"fault-server(1)", "curl(1)"};
  return tool::man_page(command, page);
}

}  // namespace holdfast::cli
