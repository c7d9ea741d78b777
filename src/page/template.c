/* The workbook that people fill in, in the reader's language. */
#include "flow/template.h"

#include "base/error.h"
#include "page/entries.h"

enum comity_status page_template(struct page *page, struct comity_error *err)
{
    struct entry_table table;
    if (!page->domain->form)
        return error_set(err, COMITY_NOTFOUND, TELL("Nothing can be entered here."));
    enum comity_status status = entry_table_make(page->domain, catalogue_word, page->arena, &table, err);
    if (status == COMITY_OK)
        status = template_bytes(&table, page->catalogue.language, &page->response->body, err);
    if (status != COMITY_OK)
        return status;
    page->response->type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    page->response->file_name = page_format_text(page, "template-%s.xlsx", page->reader.language).ptr;
    return COMITY_OK;
}
