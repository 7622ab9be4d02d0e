// Which fact goes to which mapper. A fact becomes one row under what it is about, and rows without
// a value under what else it is asked by: whoever asks about one client, order or invoice reads
// that one's rows alone.
#include "fold.h"

#define MAPPERS(EACH)                                                                              \
    EACH(InvoiceIssued, map_issued)                                                                \
    EACH(PaymentReceived, map_paid)                                                                \
    EACH(DisputeChanged, map_dispute)                                                              \
    EACH(CreditTermsSet, map_terms)                                                                \
    EACH(OrderPlaced, map_order)                                                                   \
    EACH(OrderStatusChanged, map_status)                                                           \
    EACH(SaleReported, map_sale)                                                                   \
    EACH(SalesPlanSet, map_plan)                                                                   \
    EACH(ClientAssigned, map_assigned)                                                             \
    EACH(ClientReassigned, map_reassigned)                                                         \
    EACH(ClientSegmented, map_segment)                                                             \
    EACH(TerritoryAssigned, map_territory)                                                         \
    EACH(VisitReported, map_visit)                                                                 \
    EACH(DealOpened, map_deal)                                                                     \
    EACH(DealStageChanged, map_deal)                                                               \
    EACH(DealTermsChanged, map_deal)                                                               \
    EACH(DealReassigned, map_deal)                                                                 \
    EACH(DealWon, map_deal)                                                                        \
    EACH(DealLost, map_deal)                                                                       \
    EACH(DealReopened, map_deal)                                                                   \
    EACH(PipelineDefined, map_pipeline)                                                            \
    EACH(ClientRegistered, map_client)                                                             \
    EACH(ProductRegistered, map_product)                                                           \
    EACH(EmployeeHired, map_employee)

#define TYPE(fact, mapper) LEDGER_FACT_##fact,
const enum ledger_fact trade_types[TRADE_TYPES] = {MAPPERS(TYPE)};

#define MAPPER(fact, mapper) mapper,
static trade_mapper *const mappers[] = {MAPPERS(MAPPER)};
_Static_assert(sizeof mappers / sizeof mappers[0] == TRADE_TYPES, "as many as are declared");

enum ledger_err trade_map(const struct projection_fact *fact, struct projection_rows *rows,
                          struct ledger_error *error) {
    for (size_t i = 0; i < TRADE_TYPES; i++)
        if (trade_types[i] == fact->type->fact)
            return mappers[i](fact, rows, error);
    return LEDGER_E_OK;
}
