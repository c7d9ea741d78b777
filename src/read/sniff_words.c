/* Words that tables have in their headers, in several languages, folded. They are about tables, not about a subject:
 * what belongs to the subject stands in the domain pack, under `labels` and `headers`. */
#include "read/sniff_look.h"

#include "text/fold.h"

static const char *const date_words[] = {"date", "fecha", "data", "datum", "jour", "fecha hecho", "fecha del hecho",
    "data do fato", "data da ocorrencia", "date of seizure", "date des faits", "dt", "ymd", "when", "period", "periodo",
    "periode", "tarykh", "altarykh", "riqi", NULL};
static const char *const place_words[] = {"place", "town", "city", "municipality", "municipio", "ciudad", "cidade",
    "localidad", "localidade", "location", "lugar", "lieu", "ville", "commune", "gorod", "mesto", "poblacion",
    "poblado", "comuna", "canton", "almdynt", "chengshi", NULL};
static const char *const country_words[] = {
    "country", "pais", "pays", "nation", "strana", "land", "albld", "guojia", "country territory", NULL};
static const char *const amount_words[] = {"amount", "quantity", "qty", "qtd", "qtde", "qnt", "cantidad", "cant",
    "quantidade", "quantite", "qte", "weight", "peso", "peso neto", "peso bruto", "poids", "kolichestvo", "ves",
    "massa", "menge", "volume", "volumen", "alkmyt", "shuliang", NULL};
static const char *const key_words[] = {"id", "key", "record", "registro", "consecutivo", "folio", "numero", "nro",
    "no", "num", "objectid", "reference", "ref", "codigo", "numero de registro", NULL};
static const char *const case_words[] = {"case", "case no", "case number", "caso", "expediente", "processo", "proceso",
    "laudo", "documento", "acta", "report", "report number", "affaire", "dossier", "delo", "inquerito", "boletim",
    "noticia criminal", NULL};
static const char *const count_words[] = {"count", "number", "numero", "nombre", "total", NULL};
static const char *const unit_words[] = {"unit", "units", "unidad", "unidade", "unite", "unit of measure", "uom",
    "medida", "unidad de medida", "unidade de medida", "measure", "edinitsa", "edinitsa izmereniya", "ed izm", "um",
    NULL};
static const char *const subdivision_words[] = {"state", "province", "department", "departamento", "depto", "dpto",
    "estado", "provincia", "uf", "administrative division", "admin1", "oblast", "governorate", "departement",
    "division", "region", "subekt", "entidad federativa", "almhafzt", "sheng", NULL};
static const char *const latitude_words[] = {"lat", "latitude", "latitud", "coord y", "coordenada y", "shirota", NULL};
static const char *const longitude_words[] = {
    "lon", "lng", "long", "longitude", "longitud", "coord x", "coordenada x", "dolgota", NULL};
static const char *const year_words[] = {"year", "ano", "anio", "annee", "god", "fy", "fiscal year", "vigencia",
    "ejercicio", "exercicio", "gestion", "alsnt", "nian", NULL};
static const char *const fiscal_words[] = {
    "fy", "fiscal", "fiscale", "fiscal year", "ano fiscal", "exercice", "financial year", NULL};
static const char *const month_words[] = {"month", "mes", "mois", "mesyats", "alshhr", "yue", NULL};
static const char *const day_words[] = {"day", "dia", "jour", "den", "ri", NULL};
static const char *const total_words[] = {"total", "totals", "totales", "totais", "totaux", "itogo", "vsego", "suma",
    "sum", "subtotal", "almjmwa", "heji", "zongji", NULL};
static const char *const sum_words[] = {
    "sum", "suma", "soma", "somme", "summa", "total", "totais", "totales", "equivalent", "equivalente", NULL};
static const char *const other_date_words[] = {"registro", "carga", "actualizacion", "atualizacao", "publicacion",
    "publicacao", "corte", "update", "updated", "created", "upload", "nacimiento", "nascimento", "birth", "report",
    "reporte", NULL};
static const char *const *const lists[N_HEADER_WORDS] = {[WORDS_UNIT] = unit_words,
    [WORDS_SUBDIVISION] = subdivision_words,
    [WORDS_LATITUDE] = latitude_words,
    [WORDS_LONGITUDE] = longitude_words,
    [WORDS_YEAR] = year_words,
    [WORDS_FISCAL] = fiscal_words,
    [WORDS_MONTH] = month_words,
    [WORDS_DAY] = day_words,
    [WORDS_TOTAL] = total_words,
    [WORDS_SUM] = sum_words,
    [WORDS_OTHER_DATE] = other_date_words};
static const char *const null_words[] = {"", "n a", "na", "nan", "null", "none", "unknown", "not known",
    "not available", "not specified", "not reported", "no data", "desconocido", "desconocida", "no reporta",
    "no reportado", "no definido", "no aplica", "sin dato", "sin datos", "sin informacion", "no especificado", "s d",
    "s i", "nao informado", "nao informada", "ignorado", "sem informacao", "sem dados", "nao se aplica", "inconnu",
    "non precise", "non renseigne", "neizvestno", "net dannykh", NULL};
/* Words that only one of these languages has in a header. */
static const struct {
    const char *language;
    const char *words[24];
} languages[] = {
    {"en", {"date", "country", "place", "town", "amount", "quantity", "unit", "state", "drug", "type", "count", "year",
               "month", "of"}},
    {"es", {"fecha", "cantidad", "unidad", "ciudad", "pais", "lugar", "clase", "sustancia", "estupefaciente",
               "departamento", "tipo de", "localidad", "mes", "incautada", "incautado", "del", "peso neto"}},
    {"fr", {"quantite", "unite", "lieu", "ville", "pays", "saisie", "departement", "annee", "mois", "produit", "des"}},
    {"pt", {"data", "quantidade", "unidade", "cidade", "apreensao", "droga apreendida", "uf", "orgao", "substancia",
               "evento", "ano", "mes", "da", "do", "entorpecente", "apreendida", "tipo da"}},
    {"ru", {"strana", "mesto", "kolichestvo", "veshchestvo", "edinitsa", "gorod", "oblast", "god"}},
    {"ar", {"altarykh", "albld", "alkmyt", "almadt", "almkan", "alwhdt"}},
    {"zh", {"riqi", "guojia", "shuliang", "danwei", "dupin", "didian"}},
};

/* The same word but for its ending: "capturadas" and "capturados", "unidad" and "unidade". */
static bool is_same_word(struct slice a, struct slice b)
{
    enum { LEAST_STEM = 5, LONGEST_ENDING = 2 };
    size_t shared = 0;
    while (shared < a.len && shared < b.len && a.ptr[shared] == b.ptr[shared])
        shared++;
    bool is_stem = shared >= LEAST_STEM && a.len - shared <= LONGEST_ENDING && b.len - shared <= LONGEST_ENDING;
    return is_stem || (shared == a.len && shared == b.len);
}

static bool has_word(struct slice text, struct slice word)
{
    struct slice token;
    while (token_next(&text, &token))
        if (is_same_word(token, word))
            return true;
    return false;
}

static bool has_words(struct slice text, struct slice words)
{
    struct slice token;
    while (token_next(&words, &token))
        if (!has_word(text, token))
            return false;
    return true;
}

unsigned phrase_score(struct slice header, struct slice phrase)
{
    enum { LEAST_INSIDE = 5 };
    if (!header.len || !phrase.len)
        return 0;
    if (slice_equal(header, phrase))
        return 100;
    if (has_words(header, phrase))
        return 75;
    /* "Countryofseizure": words run together. */
    return phrase.len >= LEAST_INSIDE && slice_find(header, phrase) >= 0 ? 55 : 0;
}

static unsigned list_score(struct slice header, const char *const *words)
{
    unsigned best = 0;
    for (; *words; words++) {
        unsigned score = phrase_score(header, slice_from(*words));
        best = score > best ? score : best;
    }
    return best;
}

unsigned words_score(struct slice header, enum header_words words)
{
    return list_score(header, lists[words]);
}

static const char *const *role_words(const struct field *field)
{
    static const char *const none[] = {NULL};
    switch (field->role) {
    case ROLE_WHEN:
        return date_words;
    case ROLE_WHERE:
        return place_words;
    case ROLE_COUNTRY:
        return country_words;
    case ROLE_HOW_MUCH:
        return amount_words;
    case ROLE_KEY:
        return key_words;
    case ROLE_CASE:
        return case_words;
    default:
        return none;
    }
}

struct slice folded(const struct look *look, struct arena *arena, struct slice text)
{
    struct buffer out;
    buffer_init(&out, 1 << 16);
    folding_apply(look->folding, text, &out);
    struct slice copy = out.failed ? SLICE_EMPTY : arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return copy.ptr ? copy : SLICE_EMPTY;
}

unsigned header_score(struct look *look, const struct field *field, struct slice header)
{
    const struct slice *labels = look->labels + (size_t)(field - look->domain->fields) * (N_LANGUAGES + 1);
    unsigned best = 0;
    for (int i = 0; i <= N_LANGUAGES; i++) {
        unsigned score = phrase_score(header, labels[i]);
        best = score > best ? score : best;
    }
    for (size_t i = 0; i < field->n_headers; i++) {
        unsigned score = phrase_score(header, field->headers[i]);
        best = score > best ? score : best;
    }
    unsigned score = list_score(header, role_words(field));
    /* "Number of …" says that a column counts, but not what. */
    if (field->spec.type == VALUE_COUNT && best >= 55 && best < 100 && list_score(header, count_words) >= 75)
        best += 10;
    return score > best ? score : best;
}

bool says_total(struct slice text)
{
    struct slice token, first = SLICE_EMPTY, last = SLICE_EMPTY;
    while (token_next(&text, &token)) {
        first = first.len ? first : token;
        last = token;
    }
    for (const char *const *word = total_words; *word; word++)
        if (slice_is(first, *word) || slice_is(last, *word))
            return true;
    return false;
}

bool is_null_word(const struct look *look, struct slice cell)
{
    enum { LONGEST = 64 };
    struct buffer out;
    if (cell.len > LONGEST)
        return false;
    buffer_init(&out, 4096);
    folding_apply(look->folding, cell, &out);
    bool is_found = false;
    for (const char *const *word = null_words; *word && !is_found; word++)
        is_found = slice_is(buffer_slice(&out), *word);
    /* Dashes and the like stand for nothing; a lone quote is a slip. */
    for (size_t i = 0; i < cell.len && out.len == 0; i++)
        is_found = is_found && strchr("-./?*", cell.ptr[i]);
    buffer_release(&out);
    return is_found;
}

const char *guess_language(struct look *look)
{
    enum { N = sizeof languages / sizeof *languages };
    unsigned votes[N] = {0}, best = 0;
    const char *found = NULL;
    for (size_t i = 0; i < N; i++) {
        for (size_t c = 0; c < look->sniff->n_columns; c++)
            for (const char *const *word = languages[i].words; *word; word++)
                votes[i] += phrase_score(look->seen[c].folded, slice_from(*word)) >= 75;
        if (votes[i] > best) {
            best = votes[i];
            found = languages[i].language;
        }
    }
    return found;
}
