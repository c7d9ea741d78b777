#!/bin/sh
# Brings po/ up to date with the sources: extracts the strings of the pages, merges them into every catalogue, and lists what
# is not translated. Run from the root of the project: tools/strings.sh
set -eu
xgettext --from-code=UTF-8 --language=C --keyword=tr:2 --keyword=tr_n:2,3 --keyword=TITLE --keyword=TELL --keyword=add_word:4 \
  --no-location --sort-output --package-name=Comity --omit-header -o po/comity.pot src/page/*.c src/link/*.c src/http/*.c src/share/*.c src/files/*.c src/flow/*.c src/store/*.c
for po in po/*.po; do
  msgmerge --quiet --update --backup=none --no-fuzzy-matching --no-location --sort-output "$po" po/comity.pot
  printf '%s: ' "$po"
  msgfmt --check-format --check-domain --statistics -o /dev/null "$po"
done
