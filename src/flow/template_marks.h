/* template_marks.h - what a template is known by. Private to flow/template*.c. Names in files that people have: they
 * never change. */
#ifndef FLOW_TEMPLATE_MARKS_H
#define FLOW_TEMPLATE_MARKS_H

#define TEMPLATE_MARKS "comity" /* the hidden sheet: a name and a value in each row */
#define TEMPLATE_LISTS "lists"
#define TEMPLATE_MARK "comity-template"
#define TEMPLATE_VERSION "1"
#define TEMPLATE_DOMAIN "domain"
#define TEMPLATE_FORM "form"
#define TEMPLATE_SHEET "sheet"

#endif
