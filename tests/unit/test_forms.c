/*
 * Questionnaires and their answers; fields that the organisation adds, and
 * their values.
 */
#include "desk_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ------------------------------------------------------------------- forms */

static void questions_can_be_answered(void **state)
{
	static const struct {
		const char *questions, *fault;
	} cases[] = {
		{ "questions { key: \"a\" text: \"?\" type: TEXT } "
		  "questions { key: \"b\" text: \"?\" type: TEXT }",
		  "" },
		{ "questions { key: \"a\" text: \"?\" type: TEXT } "
		  "questions { key: \"a\" text: \"?\" type: TEXT }",
		  "form.questions[1].key" },
		{ "questions { text: \"?\" type: TEXT }",
		  "form.questions[0].key" },
		{ "questions { key: \"a\" text: \"?\" }",
		  "form.questions[0].type" },
		{ "questions { key: \"a\" text: \"?\" type: CHOICE }",
		  "form.questions[0].choices" },
		{ "questions { key: \"a\" text: \"?\" type: CHOICES }",
		  "form.questions[0].choices" },
		{ "questions { key: \"a\" text: \"?\" type: TEXT "
		  "choices: \"x\" }",
		  "form.questions[0].choices" },
		{ "questions { key: \"a\" text: \"?\" type: CHOICE "
		  "choices: \"x\" choices: \"x\" }",
		  "form.questions[0].choices" },
		{ "questions { key: \"a\" text: \"?\" type: CHOICE "
		  "choices: \"\" }",
		  "form.questions[0].choices" },
		{ "questions { key: \"a\" text: \"?\" type: CHOICE "
		  "choices: \"x\" choices: \"y\" }",
		  "" },
	};
	struct desk_test *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		desk_call(t, &t->manager, "FormService/CreateForm",
			  "form { display_name: \"Fair\" %s }",
			  cases[i].questions);
		desk_expect_fault(t,
				  cases[i].fault[0] ? OUTRIDER_INVALID_ARGUMENT
						    : OUTRIDER_OK,
				  cases[i].fault);
	}
}

#define QUESTION(key, more) \
	"questions { key: \"" key "\" text: \"?\" " more " } "
#define FORM                                                            \
	QUESTION("text", "type: TEXT")                                  \
	QUESTION("number", "type: NUMBER")                              \
	QUESTION("yes", "type: YES_NO")                                 \
	QUESTION("one", "type: CHOICE choices: \"x\" choices: \"y\"")   \
	QUESTION("some", "type: CHOICES choices: \"x\" choices: \"y\"") \
	QUESTION("date", "type: DATE")                                  \
	QUESTION("rating", "type: RATING")

static void answers_fit_their_questions(void **state)
{
	static const struct {
		const char *answer;
		bool fits;
	} cases[] = {
		{ "key: \"text\" text: \"x\"", true },
		{ "key: \"text\"", true },
		{ "key: \"text\" number: 1", false },
		{ "key: \"text\" texts: \"x\"", false },
		{ "key: \"number\" number: -7.5", true },
		{ "key: \"number\"", true }, /* zero */
		{ "key: \"number\" text: \"7\"", false },
		{ "key: \"yes\" number: 1", true },
		{ "key: \"yes\"", true },
		{ "key: \"yes\" number: 2", false },
		{ "key: \"yes\" number: 0.5", false },
		{ "key: \"yes\" number: -1", false },
		{ "key: \"one\" text: \"y\"", true },
		{ "key: \"one\" text: \"z\"", false },
		{ "key: \"one\" texts: \"x\"", false },
		{ "key: \"some\" texts: \"x\"", true },
		{ "key: \"some\" texts: \"y\" texts: \"x\"", true },
		{ "key: \"some\" texts: \"x\" texts: \"x\"", false },
		{ "key: \"some\" texts: \"z\"", false },
		{ "key: \"some\" text: \"x\"", false },
		{ "key: \"date\" text: \"2024-02-29\"", true },
		{ "key: \"date\" text: \"2023-02-29\"", false },
		{ "key: \"date\" text: \"1900-02-29\"", false },
		{ "key: \"date\" text: \"2000-02-29\"", true },
		{ "key: \"date\" text: \"2026-13-01\"", false },
		{ "key: \"date\" text: \"2026-04-31\"", false },
		{ "key: \"date\" text: \"2026-4-3\"", false },
		{ "key: \"date\" text: \"0000-01-01\"", false },
		{ "key: \"date\" text: \"2026/01/01\"", false },
		{ "key: \"rating\" number: 5", true },
		{ "key: \"rating\"", false },
		{ "key: \"rating\" number: 6", false },
		{ "key: \"rating\" number: 2.5", false },
		{ "key: \"none\" text: \"x\"", false },
	};
	struct desk_test *t = *state;
	const char *contact = desk_make(t, &t->rep,
					"ContactService/CreateContact",
					"contact { family_name: \"Koval\" }");
	const char *form = desk_make(t, &t->manager, "FormService/CreateForm",
				     "form { display_name: \"Fair\" " FORM "}");

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		desk_call(t, &t->rep, "AnswerService/CreateAnswer",
			  "answer { form_id: \"%s\" answer_time: 1 "
			  "contact_ids: \"%s\" answers { %s } }",
			  form, contact, cases[i].answer);
		if ((t->reply->code == OUTRIDER_OK) != cases[i].fits)
			fail_msg("%s: %s", cases[i].answer, t->reply->text);
		if (!cases[i].fits)
			assert_int_equal(t->reply->code,
					 OUTRIDER_INVALID_ARGUMENT);
	}
}

static void required_questions_are_answered(void **state)
{
	static const struct {
		const char *answers;
		bool is_enough;
	} cases[] = {
		{ "answers { key: \"a\" text: \"x\" } answers { key: \"b\" }",
		  true },
		{ "answers { key: \"a\" } answers { key: \"b\" }", false },
		{ "answers { key: \"b\" }", false },
		{ "answers { key: \"a\" text: \"x\" }", false },
		/* Of one key twice the last counts. */
		{ "answers { key: \"b\" } answers { key: \"a\" text: \"x\" } "
		  "answers { key: \"a\" }",
		  false },
	};
	struct desk_test *t = *state;
	const char *contact = desk_make(t, &t->rep,
					"ContactService/CreateContact",
					"contact { family_name: \"Koval\" }");
	const char *form = desk_make(
		t, &t->manager, "FormService/CreateForm",
		"form { display_name: \"Fair\" " QUESTION(
			"a", "type: TEXT is_required: true")
			QUESTION("b", "type: YES_NO is_required: true")
				QUESTION("c", "type: TEXT") "}");
	const char *answer = NULL;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		desk_call(t, &t->rep, "AnswerService/CreateAnswer",
			  "answer { form_id: \"%s\" answer_time: 1 "
			  "contact_ids: \"%s\" %s }",
			  form, contact, cases[i].answers);
		desk_expect_fault(t,
				  cases[i].is_enough
					  ? OUTRIDER_OK
					  : OUTRIDER_INVALID_ARGUMENT,
				  cases[i].is_enough ? "" : "answer.answers");
	}
	/* A form that changes leaves old answers alone. */
	answer = desk_make(t, &t->rep, "AnswerService/CreateAnswer",
			   "answer { form_id: \"%s\" answer_time: 1 "
			   "contact_ids: \"%s\" %s }",
			   form, contact, cases[0].answers);
	desk_make(t, &t->manager, "FormService/UpdateForm",
		  "form { id: \"%s\" questions { key: \"z\" text: \"?\" "
		  "type: TEXT is_required: true } }",
		  form);
	desk_make(t, &t->rep, "AnswerService/UpdateAnswer",
		  "answer { id: \"%s\" place: \"Fair\" }", answer);
	/* At a desk the form is the one that stands. */
	desk_call(t, &t->rep, "AnswerService/CreateAnswer",
		  "answer { form_id: \"%s\" answer_time: 1 "
		  "contact_ids: \"%s\" %s }",
		  form, contact, cases[0].answers);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT,
			  "answer.answers[0].key");
}

/* ------------------------------------------------------------ added fields */

static void fields_are_added_soundly(void **state)
{
	static const struct {
		const char *field;
		enum outrider_code code;
		const char *fault;
	} cases[] = {
		{ "of_kind: \"contact\" key: \"shoe_size\" type: NUMBER",
		  OUTRIDER_OK, "" },
		{ "of_kind: \"contact\" key: \"shoe_size\" type: TEXT",
		  OUTRIDER_ALREADY_EXISTS, "" },
		{ "of_kind: \"company\" key: \"shoe_size\" type: TEXT",
		  OUTRIDER_OK, "" },
		{ "of_kind: \"contact\" key: \"Shoe\" type: TEXT",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.key" },
		{ "of_kind: \"contact\" key: \"1st\" type: TEXT",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.key" },
		{ "of_kind: \"contact\" key: \"a-b\" type: TEXT",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.key" },
		{ "of_kind: \"stage\" key: \"a\" type: TEXT",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.of_kind" },
		{ "of_kind: \"nothing\" key: \"a\" type: TEXT",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.of_kind" },
		{ "of_kind: \"contact\" key: \"a\" type: CHOICE",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.choices" },
		{ "of_kind: \"contact\" key: \"a\" type: TEXT choices: \"x\"",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.choices" },
		{ "of_kind: \"contact\" key: \"a\" type: CHOICE "
		  "choices: \"x\" choices: \"\"",
		  OUTRIDER_INVALID_ARGUMENT, "custom_field.choices" },
		{ "of_kind: \"contact\" key: \"a\"", OUTRIDER_INVALID_ARGUMENT,
		  "custom_field.type" },
	};
	struct desk_test *t = *state;
	const char *id;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		desk_call(t, NULL, "CustomFieldService/CreateCustomField",
			  "custom_field { display_name: \"x\" %s }",
			  cases[i].field);
		desk_expect_fault(t, cases[i].code, cases[i].fault);
	}
	desk_call(t, &t->manager, "CustomFieldService/CreateCustomField",
		  "custom_field { display_name: \"x\" of_kind: \"contact\" "
		  "key: \"b\" type: TEXT }");
	desk_expect_fault(t, OUTRIDER_PERMISSION_DENIED, "");
	/* A key that is deleted is free, and doesn't come back twice. */
	id = desk_make(t, NULL, "CustomFieldService/CreateCustomField",
		       "custom_field { display_name: \"x\" "
		       "of_kind: \"contact\" key: \"b\" type: TEXT }");
	desk_make(t, NULL, "CustomFieldService/DeleteCustomField", "id: \"%s\"",
		  id);
	desk_make(t, NULL, "CustomFieldService/CreateCustomField",
		  "custom_field { display_name: \"x\" of_kind: \"contact\" "
		  "key: \"b\" type: TEXT }");
	desk_call(t, NULL, "CustomFieldService/UndeleteCustomField",
		  "id: \"%s\"", id);
	desk_expect_fault(t, OUTRIDER_ALREADY_EXISTS, "");
}

static const char *
add(struct desk_test *t, const char *kind, const char *key, const char *more)
{
	return desk_make(t, NULL, "CustomFieldService/CreateCustomField",
			 "custom_field { display_name: \"x\" of_kind: \"%s\" "
			 "key: \"%s\" %s }",
			 kind, key, more);
}

static void values_fit_their_fields(void **state)
{
	enum { TEXT, NUMBER, YES_NO, CHOICE, TIME, OTHER, N_FIELDS };
	static const struct {
		int field;
		const char *value, *fault;
	} cases[] = {
		{ TEXT, "text: \"x\"", "" },
		{ TEXT, "number: 1", "contact.custom[0]" },
		{ TEXT, "time: 1", "contact.custom[0]" },
		{ NUMBER, "number: 2.5", "" },
		{ NUMBER, "text: \"2\"", "contact.custom[0]" },
		{ YES_NO, "number: 1", "" },
		{ YES_NO, "", "" },
		{ YES_NO, "number: 0.5", "contact.custom[0]" },
		{ YES_NO, "number: 2", "contact.custom[0]" },
		{ CHOICE, "text: \"red\"", "" },
		{ CHOICE, "text: \"green\"", "contact.custom[0]" },
		{ CHOICE, "", "contact.custom[0]" },
		{ TIME, "time: 5", "" },
		{ TIME, "text: \"5\"", "contact.custom[0]" },
		{ OTHER, "text: \"x\"", "contact.custom[0]" },
		{ N_FIELDS, "text: \"x\"", "contact.custom_field_id" },
	};
	struct desk_test *t = *state;
	const char *fields[N_FIELDS + 1] = {
		[TEXT] = add(t, "contact", "text", "type: TEXT"),
		[NUMBER] = add(t, "contact", "number", "type: NUMBER"),
		[YES_NO] = add(t, "contact", "yes", "type: YES_NO"),
		[CHOICE] = add(t, "contact", "choice",
			       "type: CHOICE choices: \"red\" "
			       "choices: \"blue\""),
		[TIME] = add(t, "contact", "time", "type: TIME"),
		[OTHER] = add(t, "company", "other", "type: TEXT"),
		[N_FIELDS] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f",
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		desk_call(t, &t->rep, "ContactService/CreateContact",
			  "contact { family_name: \"Koval\" "
			  "custom { custom_field_id: \"%s\" %s } }",
			  fields[cases[i].field], cases[i].value);
		desk_expect_fault(t,
				  cases[i].fault[0] ? OUTRIDER_INVALID_ARGUMENT
						    : OUTRIDER_OK,
				  cases[i].fault);
	}
}

static void archived_fields_take_no_more_values(void **state)
{
	struct desk_test *t = *state;
	const char *field = add(t, "contact", "club",
				"type: CHOICE choices: \"red\" "
				"choices: \"blue\"");
	const char *other = add(t, "contact", "nick", "type: TEXT");
	const char *contact =
		desk_make(t, &t->rep, "ContactService/CreateContact",
			  "contact { family_name: \"Koval\" "
			  "custom { custom_field_id: \"%s\" text: \"red\" } }",
			  field);

	desk_make(t, NULL, "CustomFieldService/UpdateCustomField",
		  "custom_field { id: \"%s\" is_archived: true "
		  "choices: \"blue\" }",
		  field);
	desk_call(t, &t->rep, "ContactService/CreateContact",
		  "contact { family_name: \"New\" "
		  "custom { custom_field_id: \"%s\" text: \"blue\" } }",
		  field);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "contact.custom[0]");
	/* What it has stands, though it could not be chosen any more. */
	desk_make(t, &t->rep, "ContactService/UpdateContact",
		  "contact { id: \"%s\" "
		  "custom { custom_field_id: \"%s\" text: \"red\" } "
		  "custom { custom_field_id: \"%s\" text: \"x\" } }",
		  contact, field, other);
	desk_call(t, &t->rep, "ContactService/UpdateContact",
		  "contact { id: \"%s\" "
		  "custom { custom_field_id: \"%s\" text: \"green\" } }",
		  contact, field);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "contact.custom[0]");
	desk_make(t, &t->rep, "ContactService/UpdateContact",
		  "contact { id: \"%s\" "
		  "custom { custom_field_id: \"%s\" text: \"blue\" } }",
		  contact, field);
	/* What a field is, it stays. */
	desk_call(t, NULL, "CustomFieldService/UpdateCustomField",
		  "custom_field { id: \"%s\" key: \"x\" } "
		  "update_mask { paths: \"key\" }",
		  field);
	desk_expect_fault(t, OUTRIDER_INVALID_ARGUMENT, "custom_field.key");
}

#define DESK(test) cmocka_unit_test_setup_teardown(test, desk_open, desk_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DESK(questions_can_be_answered),
		DESK(answers_fit_their_questions),
		DESK(required_questions_are_answered),
		DESK(fields_are_added_soundly),
		DESK(values_fit_their_fields),
		DESK(archived_fields_take_no_more_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
