/*
 * outriderd: one table of commands. Whatever is wrong is said in one line on
 * standard error.
 */
#include "commands.h"
#include "config.h"

#include "model/schema.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static enum outrider_code
command_help(int n_args, char *const *args, struct outrider_err *err);

static enum outrider_code
command_version(int n_args, char *const *args, struct outrider_err *err)
{
	(void)n_args;
	(void)args;
	(void)err;
	printf("outriderd %s, contract %u\n", OUTRIDER_VERSION,
	       (unsigned)schema_version);
	return OUTRIDER_OK;
}

static const struct command {
	const char *name;
	enum outrider_code (*run)(int n_args, char *const *args,
				  struct outrider_err *err);
	const char *help;
	enum config_use use; /* 0: takes no options */
} commands[] = {
	{ "init", command_init,
	  "make a database, its keys and the first administrator",
	  CONFIG_INIT },
	{ "serve", command_serve, "serve the database", CONFIG_SERVE },
	{ "region", command_region,
	  "say the country of phone numbers; region XX changes it",
	  CONFIG_REGION },
	{ "restored", command_restored,
	  "after putting a backup back: phones pull everything anew",
	  CONFIG_RESTORED },
	{ "help", command_help, "say this; help COMMAND lists its options", 0 },
	{ "version", command_version, "say which version this is", 0 },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *command_find(const char *name)
{
	/* Habits from other programs. */
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0)
		name = "version";
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static enum outrider_code
unknown_command(const char *name, struct outrider_err *err)
{
	return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
		       "there is no command '%s'; outriderd help lists them",
		       name);
}

static enum outrider_code
command_help(int n_args, char *const *args, struct outrider_err *err)
{
	const struct command *command;

	if (n_args > 0) {
		command = command_find(args[0]);
		if (!command)
			return unknown_command(args[0], err);
		printf("outriderd %s: %s\n", command->name, command->help);
		config_print_options(command->use);
		return OUTRIDER_OK;
	}
	printf("usage: outriderd COMMAND [--OPTION VALUE ...]\n\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].help);
	return OUTRIDER_OK;
}

static enum outrider_code
run(int n_args, char *const *args, struct outrider_err *err)
{
	const struct command *command;

	if (n_args < 2)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "which command? outriderd help lists them");
	command = command_find(args[1]);
	if (!command)
		return unknown_command(args[1], err);
	/* A habit too: the options of one command. */
	if (n_args == 3 && strcmp(args[2], "--help") == 0)
		return command_help(1, args + 1, err);
	return command->run(n_args - 2, args + 2, err);
}

int main(int n_args, char **args)
{
	struct outrider_err err;

	/* What it makes is the firm's, and nobody else's on this machine. */
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	if (run(n_args, args, &err) == OUTRIDER_OK)
		return 0;
	fprintf(stderr, "outriderd: %s\n", err.text);
	return 1;
}
