// Test support: a small command line from which pages and completions are made.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tool/command_tree.h"

namespace holdfast::tool {

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// `demo`: a flag of its own, two commands that share an option, one of which takes files, a value
/// with a few choices, and a directory.
struct Demo {
  std::string output, level, data, folder, shape;
  std::vector<std::string> names, fields;
  std::uint32_t times = 3;
  bool loud = false;
  std::unique_ptr<CLI::App> app = std::make_unique<CLI::App>("Shows 'how' it's done", "demo");

  Demo() {
    app->set_version_flag("--version", "1");
    for (const char* name : {"make", "show"}) {
      CLI::App* sub = app->add_subcommand(name, std::string("To ") + name);
      sub->add_option("-o,--output", output, "Where to: [here]")->type_name("FILE")->group("Out");
      sub->add_option("--level", level, "How far; '.' is all the way")->type_name("low|high");
      sub->add_option("NAME", names, "What")->type_name("NAME");
    }
    CLI::App* make = app->get_subcommand("make");
    make->add_option("-d,--data", data, "Bytes - or \\ a file")->type_name("DATA|@FILE");
    make->add_option("-H,--field", fields, "A field")->type_name("FIELD");
    make->add_option("--into", folder, "A folder")->type_name("DIR");
    make->add_option("--times", times, "How often")->type_name("N")->capture_default_str();
    make->add_flag("-l,--loud", loud, "Say so");
    app->add_subcommand("draw", "Draws")
        ->add_option("SHAPE", shape, "Of what shape")
        ->type_name("round|square");
  }

  CommandInfo info() const { return describe_commands(*app); }
};

}  // namespace holdfast::tool
