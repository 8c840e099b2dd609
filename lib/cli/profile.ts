// SPDX-License-Identifier: Apache-2.0

import { type Command, InvalidArgumentError, Option } from "commander";
import { choiceOf, countOf, describe, textOf, withCommands } from "./command_line.ts";
import { PROFILE_FORMATS } from "./profile_format.ts";
import { createTask, listTasks, showProfiles, showRequests } from "./profile_queries.ts";
import { profileApp } from "./profile_run.ts";

const DEFAULT_URL = "http://127.0.0.1:12800/graphql";

/** Adds `profile`, with the commands that profile an app or ask a backend about it. */
export function addProfileCommand(program: Command): void {
  const profile = withCommands(program.command("profile"), "profile")
    .summary("profile the requests of an endpoint")
    .description("Profiles the requests of an endpoint, by any SkyWalking backend or by one of its own.");

  taskOptions(
    describe(profile.command("run"), "profile the app")
      .summary("start an app and a backend, and profile the app's next requests")
      .description(
        "Starts a backend, and the app with the agent. When the app has got that many requests of the endpoint, or\n" +
          "ends, or is interrupted, prints the call tree of each and ends the app. The app's output goes to standard error.",
      )
      .usage("--endpoint <name> [options] -- <command …>")
      .argument("<command...>")
      .passThroughOptions(),
    15,
  )
    .option("--service <name>", "the service that the app is", textOf("--service"), "app")
    .addOption(formatOption())
    .option("-o, --output <file>", "where the result goes instead of standard output", textOf("--output"))
    .action(profileApp);

  backendOptions(
    taskOptions(
      describe(profile.command("create"), "create the task")
        .summary("create a task and print its id")
        .description("Creates a profile task and prints its id.")
        .requiredOption("--service <name>", "the service to profile", textOf("--service")),
      5,
    ),
  )
    .option("--watch", "follow the task to its end")
    .action(createTask);

  backendOptions(
    describe(profile.command("list"), "list the tasks")
      .summary("list the tasks of a service, or of all")
      .description("Lists the profile tasks of a service, or of all, the latest first.")
      .option("--service <name>", "the service whose tasks are listed", textOf("--service")),
  )
    .addOption(tableOption())
    .action(listTasks);

  backendOptions(
    describe(profile.command("segments"), "list the segments")
      .summary("list what a task profiled, slowest first")
      .description("Lists the segments that a task profiled, the slowest first.")
      .argument("<task>", "the id of the task"),
  )
    .addOption(tableOption())
    .option("--watch", "follow the task to its end first")
    .action(showRequests);

  backendOptions(
    describe(profile.command("show"), "show the profile")
      .summary("show the call tree of a segment, or of each that a task profiled")
      .description(
        "Shows the call tree of a profiled segment, or of all that a task profiled, the slowest first.",
      )
      .argument("<id>", "the id of the task or the segment"),
  )
    .addOption(formatOption())
    .option("-o, --output <file>", "where the result goes instead of standard output", textOf("--output"))
    .option("--watch", "follow the task to its end first")
    .action(showProfiles);
}

function taskOptions(command: Command, minutes: number): Command {
  return command
    .requiredOption("--endpoint <name>", "the endpoint to profile, such as GET:/orders", textOf("--endpoint"))
    .option(
      "--duration <minutes>",
      "how long the task takes at most: 1 to 15",
      countOf("--duration", 1),
      minutes,
    )
    .option("--threshold <ms>", "only requests that take longer", countOf("--threshold"), 0)
    .option("--period <ms>", "time between two snapshots: 10 or more", countOf("--period", 1), 10)
    .option("--samples <count>", "requests to profile: 1 to 9", countOf("--samples", 1), 5);
}

function backendOptions(command: Command): Command {
  return command
    .option("--url <url>", "the backend's GraphQL", urlOf, DEFAULT_URL)
    .option(
      "--authorization <value>",
      'the header `authorization`, such as "Basic …"',
      textOf("--authorization"),
    );
}

function formatOption(): Option {
  return formatOf(PROFILE_FORMATS);
}

function tableOption(): Option {
  return formatOf(["table", "json"]);
}

/** The first one is the default. */
function formatOf(formats: readonly string[]): Option {
  return new Option("--format <format>", formats.join(", "))
    .argParser(choiceOf("--format", formats))
    .default(formats[0]);
}

/** Reads a URL; without a path it is that of the backend itself. */
function urlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError(`--url is "${text}", not a URL such as ${DEFAULT_URL}`);
  }
  if (url.pathname === "/") url.pathname = "/graphql";
  return url.href;
}
