// The questions that this projection answers, and what each takes.
#include "trade.h"

#define CLIENT                                                                                     \
    { "client", "ID", "only this client, with those merged into it" }

static const struct projection_parameter receivables_parameters[] = {
    {"from", "DATE", "first day of the period; 90 days with its last if it is not given"},
    {"to", "DATE", "last day of the period; now if it is not given"},
    CLIENT,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter invoice_parameters[] = {
    {"invoice", "ID", "which invoice", true},
    {0},
};

static const struct projection_parameter rhythm_parameters[] = {
    {"client", "ID", "only this client, with those merged into it, and each of its products"},
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter sales_parameters[] = {
    {"by", "LIST",
     "product, segment, territory, region, client, month, or several with commas; "
     "product if it is not given"},
    {"of", "SOURCE", "sales (as reported) or orders (as placed); sales if it is not given"},
    {"scheme", "SCHEME",
     "of the segments: abc, potential, loyalty or target; abc if it is not "
     "given"},
    {"product", "ID", "only this product"},
    CLIENT,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter plan_parameters[] = {
    {"territory", "ID", "only this territory and those below it"},
    {"product", "ID", "only plans for this product"},
    {"plan", "ID", "only what this plan sets"},
    {"from", "DATE", "only the month of this day and later ones"},
    {"to", "DATE", "only the month of this day and earlier ones"},
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter value_parameters[] = {
    {"of", "VALUE", "what counts as value: orders, sales or paid; orders if it is not given"},
    CLIENT,
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};
static const struct projection_parameter order_parameters[] = {
    {"order", "ID", "which order", true},
    {0},
};

static const struct projection_parameter histories_parameters[] = {
    {"late-percent", "N",
     "bad if more than this part of the invoices due was late; 30 if it is "
     "not given"},
    {"overdue-days", "N",
     "bad if an invoice is overdue by more days than this; 30 if it is not "
     "given"},
    CLIENT,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_parameter shelf_parameters[] = {
    CLIENT,
    {"product", "ID", "only this product"},
    PROJECTION_PERIOD_PARAMETERS,
    PROJECTION_LIMIT_PARAMETER,
    {0},
};

static const struct projection_query queries[] = {
    {"receivables",
     "what clients owe and how they pay, in a period. DSO is what is open at the end / what was "
     "invoiced x days; best possible DSO the same of what is not yet due; average days delinquent "
     "their difference. Late are invoices due in the period that were not paid in full on the due "
     "day. What is in dispute is open, but has no age and is not late.",
     receivables_parameters, receivables_answer},
    {"invoice",
     "one invoice: its payments, what is owed, its status over time, and the facts that do not fit",
     invoice_parameters, invoice_answer},
    {"rhythm",
     "how often each client orders and how much at once, when the next order is to be expected, "
     "and whose is overdue: later than 1.5 times the usual gap since the last, once there are 3 "
     "gaps. Usual are medians; a gap is between days with orders; variation is the standard "
     "deviation of the gaps over their mean. Seasonal index is a month's packs over those of a "
     "mean month, in whole calendar years. Of orders placed, not of reported sales; an order with "
     "the status cancelled is left out, here and in every sum.",
     rhythm_parameters, rhythm_answer},
    {"sales",
     "what was sold, in money and packs, by product, segment, territory, region, client or month; "
     "its share of the whole; and growth over the period before of the same length. Segment and "
     "territory are those of the day of the sale. A sale of a month counts on the day it was "
     "reported if that lies in the month, else on the month's last day. A region is the territory "
     "above; a territory at the top is its own region.",
     sales_parameters, sales_answer},
    {"plan",
     "sales plans against the sales reported, by territory, product and month, in money and in "
     "packs. A territory without a plan of its own has the sum of those directly below it. Sales "
     "count for the territory of their day and all those above it. A plan without a product is "
     "for all products together.",
     plan_parameters, plan_answer},
    {"value",
     "what each client is worth: what it ordered, bought and paid, what visits to it cost, and "
     "its value per visit. The clients that make the first 80% of the value are A, those up to 95% "
     "B, the rest C; each currency is ranked apart.",
     value_parameters, value_answer},
    {"order", "one order: what was ordered, how its status changed, and its invoices",
     order_parameters, order_answer},
    {"histories",
     "open deals with clients that pay badly: whose invoices due so far were often late, or that "
     "owe an old debt. What is in dispute is neither. Look here before a new contract.",
     histories_parameters, histories_answer},
    {"shelf",
     "the stock that visits found with clients: the last finding of each client and product, and "
     "how often there was none. A finding is of one client, one product and one local day, as it "
     "was reported last; out of stock is one of no packs.",
     shelf_parameters, shelf_answer},
};

const struct projection trade = {
    .name = "trade",
    .summary = "Orders, sales, invoices and payments: what clients buy, when, and how they pay.",
    .fold_version = 3,
    .rows_since = 2,
    .types = trade_types,
    .type_count = TRADE_TYPES,
    .map = trade_map,
    .queries = queries,
    .query_count = sizeof queries / sizeof queries[0],
};
