/*
 * See options.h.
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct flag *
flag_named(const struct flag *flags, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(flags[i].name) == len &&
		    memcmp(flags[i].name, name, len) == 0)
			return &flags[i];
	return NULL;
}

/* One flag, as "--name value", "--name=value" or "--name". */
static bool read_flag(const struct flag *flag, const char *word,
		      const char *inline_value, int argc, char **argv, int *at)
{
	if (flag->is_set != NULL) {
		if (inline_value != NULL) {
			fprintf(stderr, "outrider: %s takes no value\n",
				flag->name);
			return false;
		}
		*flag->is_set = true;
		return true;
	}
	if (inline_value == NULL && *at + 1 >= argc) {
		fprintf(stderr, "outrider: %s wants a value\n", word);
		return false;
	}
	if (flag->value == NULL) /* a table without a target: our mistake */
		abort();
	*flag->value = inline_value != NULL ? inline_value : argv[++*at];
	return true;
}

bool options_read(struct options *options, struct words *words,
		  const struct flag *flags, size_t n_flags, int argc,
		  char **argv)
{
	const struct flag common[] = {
		{ "--home", &options->home, NULL },
		{ "--pin-file", &options->pin_file, NULL },
		{ "--demo-clock", &options->demo_clock, NULL },
		{ "--json", NULL, &options->is_json },
		{ "--help", NULL, &options->is_help },
	};
	bool is_past_flags = false;

	for (int i = 0; i < argc; i++) {
		const char *word = argv[i], *value;
		const struct flag *flag;
		size_t len;

		if (!is_past_flags && strcmp(word, "--") == 0) {
			is_past_flags = true;
			continue;
		}
		if (is_past_flags || strncmp(word, "--", 2) != 0) {
			if (words->n == WORDS_MAX) {
				fprintf(stderr, "outrider: too many words\n");
				return false;
			}
			words->at[words->n++] = word;
			continue;
		}
		value = strchr(word, '=');
		len = value ? (size_t)(value - word) : strlen(word);
		flag = flag_named(flags, n_flags, word, len);
		if (flag == NULL)
			flag = flag_named(common,
					  sizeof(common) / sizeof(common[0]),
					  word, len);
		if (flag == NULL) {
			fprintf(stderr, "outrider: unknown flag %s\n", word);
			return false;
		}
		if (!read_flag(flag, word, value ? value + 1 : NULL, argc, argv,
			       &i))
			return false;
	}
	return true;
}

bool options_number(long *out, const char *text, long min, long max)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *out >= min &&
	       *out <= max;
}
