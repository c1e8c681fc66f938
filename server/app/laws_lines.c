/*
 * Sums over lines, as records that have lines keep them.
 */
#include "app/laws_rooms.h"
#include "app/selling_kinds.h"
#include "model/lines.h"

/* Where a kind keeps its lines and what they come to; 0: nowhere. */
static const struct lines_kind {
	uint32_t kind, lines, net, tax, amount;
	bool is_gross;	      /* the amount has the tax in it */
	bool is_amount_given; /* without lines, the amount is the caller's */
} lines_kinds[] = {
	{ KIND_DEAL, DEAL_LINES, 0, 0, DEAL_AMOUNT, .is_amount_given = true },
	{ KIND_ORDER, ORDER_LINES, 0, 0, ORDER_AMOUNT, .is_gross = false },
	{ KIND_QUOTE, QUOTE_LINES, QUOTE_NET, QUOTE_TAX, QUOTE_AMOUNT,
	  .is_gross = true },
	{ KIND_INVOICE, INVOICE_LINES, INVOICE_NET, INVOICE_TAX, INVOICE_AMOUNT,
	  .is_gross = true },
};

static const struct lines_kind *kind_of(const struct row *row)
{
	for (size_t i = 0; i < sizeof(lines_kinds) / sizeof(lines_kinds[0]);
	     i++)
		if (lines_kinds[i].kind == row->entity->number)
			return &lines_kinds[i];
	return NULL;
}

static void set_sum(struct row *row, uint32_t number, int64_t value)
{
	if (number != 0)
		kind_value(row, number)->i = value;
}

enum outrider_code
laws_lines_settle(struct writing *w, struct outrider_err *err)
{
	const struct lines_kind *kind = kind_of(w->row);
	struct line_sums sums;
	const struct field *field;
	enum outrider_code code;

	if (!kind)
		return OUTRIDER_OK;
	field = message_field(w->row->entity->message, kind->lines);
	code = lines_settle(&kind_value(w->row, kind->lines)->bytes, &sums,
			    w->arena, field, err);
	if (code != OUTRIDER_OK || (sums.n == 0 && kind->is_amount_given))
		return code;
	set_sum(w->row, kind->net, sums.net_minor);
	set_sum(w->row, kind->tax, sums.tax_minor);
	set_sum(w->row, kind->amount,
		kind->is_gross ? sums.gross_minor : sums.net_minor);
	return OUTRIDER_OK;
}
