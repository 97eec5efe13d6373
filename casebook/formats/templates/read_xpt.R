# {{ about.study_code }}, data cut {{ about.cut_name }}: every dataset from SAS transport files, by haven or foreign.
# From the folder of the export:  Rscript snippets/read_xpt.R   or   source("snippets/read_xpt.R")

# SAS transport files hold ASCII: other characters are written as \u80dd, and are made characters again here.
unescaped <- function(text) {
  found <- gregexpr("(\\\\u[0-9a-f]{4})+", text)
  regmatches(text, found) <- lapply(regmatches(text, found), function(parts) vapply(parts, function(part) {
    unit <- strtoi(strsplit(substring(part, 3), "\\u", fixed = TRUE)[[1]], 16L)
    iconv(list(as.raw(rbind(unit %/% 256L, unit %% 256L))), "UTF-16BE", "UTF-8")
  }, "", USE.NAMES = FALSE))
  text
}

# Text after 200 bytes goes on in further variables, which are put together again.
further <- list({% for name, parts in further.items() %}{{ name }} = list({% for variable, names in parts.items() %}
  {{- variable }} = c({% for one in names %}"{{ one }}"{{ ", " if not loop.last }}{% endfor %}){{ ", " if not loop.last }}
  {%- endfor %}){{ ", " if not loop.last }}{% endfor %})

days <- list({% for name, names in days.items() %}{{ name }} = c({% for one in names %}"{{ one }}"{{ ", " if not loop.last }}
  {%- endfor %}){{ ", " if not loop.last }}{% endfor %})

read_transport <- function(path) {
  if (requireNamespace("haven", quietly = TRUE)) return(as.data.frame(haven::read_xpt(path)))
  found <- foreign::read.xport(path)
  labels <- foreign::lookup.xport(path)[[1]]$label
  for (place in seq_along(found)) attr(found[[place]], "label") <- labels[[place]]
  found
}

put_together <- function(found, variable, parts) {
  cells <- character(nrow(found))
  for (part in c(variable, parts)) cells <- paste0(cells, ifelse(is.na(found[[part]]), "", as.character(found[[part]])))
  cells <- unescaped(cells)
  ifelse(cells == "", NA_character_, cells)
}

read_dataset <- function(path) {
  name <- tools::file_path_sans_ext(basename(path))
  found <- read_transport(path)
  for (variable in names(found)) {
    label <- attr(found[[variable]], "label")
    if (variable %in% days[[name]]) found[[variable]] <- as.Date(found[[variable]], origin = "1960-01-01")
    if (is.character(found[[variable]])) found[[variable]] <- put_together(found, variable, further[[name]][[variable]])
    attr(found[[variable]], "label") <- label
  }
  found <- found[setdiff(names(found), unlist(further[[name]]))]
  cat(sprintf("%s: %d rows, %d variables\n", name, nrow(found), ncol(found)))
  found
}

datasets <- lapply(sort(list.files("xpt", "[.]xpt$", full.names = TRUE)), read_dataset)
names(datasets) <- tools::file_path_sans_ext(sort(list.files("xpt", "[.]xpt$")))
