# {{ about.study_code }}, data cut {{ about.cut_name }}: every dataset from CSV, with types and labels, with base R only.
# From the folder of the export:  Rscript snippets/read_csv.R   or   source("snippets/read_csv.R")
# Line ends within a text become \n here, as R reads text; other formats keep them.
# With readr the cells are the same: readr::read_csv("csv/adsl.csv", na = "")

# In CSV a text that a spreadsheet would run as a formula stands behind an apostrophe; here it is taken away again.
starts <- c("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
as_typed <- function(text) {
  is_formula <- startsWith(text, "'") & substr(sub("^'+", "", text), 1, 1) %in% starts
  ifelse(is_formula, substring(text, 2), text)
}

read_dataset <- function(name, types, labels) {
  found <- read.csv(file.path("csv", paste0(name, ".csv")), colClasses = "character", na.strings = "",
                    encoding = "UTF-8", check.names = FALSE)
  for (variable in names(types)) {
    cells <- found[[variable]]
    found[[variable]] <- switch(types[[variable]], text = as_typed(cells), number = as.numeric(cells), day = as.Date(cells))
    attr(found[[variable]], "label") <- labels[[variable]]
  }
  cat(sprintf("%s: %d rows, %d variables\n", name, nrow(found), ncol(found)))
  found
}
{% for dataset in datasets %}

{{ dataset.file }} <- read_dataset("{{ dataset.file }}",
  types = c({% for one in dataset.shape.variables %}{{ one.name }} = "{{ r_types[one.kind] }}"{{ "," if not loop.last }}
    {%- if not loop.last %}{{ "\n    " if loop.index % 6 == 0 else " " }}{% endif %}{% endfor %}),
  labels = c({% for one in dataset.shape.variables %}{{ one.name }} = {{ one.label.en | quoted }}{{ "," if not loop.last }}
    {%- if not loop.last %}{{ "\n    " if loop.index % 3 == 0 else " " }}{% endif %}{% endfor %}))
{% endfor %}
