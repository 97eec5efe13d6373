# {{ about.study_code }}, data cut {{ about.cut_name }}: the primary interval from ADLES, with base R only.
# From the folder of the export:  Rscript snippets/primary_interval.R [level]
# Share of non-viable lesions among evaluable cDLM, lesions clustered by patient: ratio variance (Rao and Scott 1992,
# Obuchowski 1998), interval on the logit scale with t(m - 1); as svyciprop(method = "logit") of the package survey.
given <- commandArgs(trailingOnly = TRUE)
level <- if (length(given)) as.numeric(given[1]) else 0.95

lesions <- read.csv("csv/adles.csv", colClasses = "character", na.strings = "", encoding = "UTF-8")
lesions <- lesions[lesions$ANL01FL %in% "Y", ]
nonviable <- as.numeric(lesions$NONVIABN)
n <- as.numeric(tapply(nonviable, lesions$CLUSTER, length))
y <- as.numeric(tapply(nonviable, lesions$CLUSTER, sum))
m <- length(n)
p <- sum(y) / sum(n)
cat(sprintf("patients %d, lesions %d, non-viable %d\n", m, as.integer(sum(n)), as.integer(sum(y))))

if (m < 2) {
  cat("not estimable with fewer than two patients\n")
} else if (all(y * sum(n) == n * sum(y))) {
  # every patient has the same share: the variance is 0 and says nothing, so Clopper-Pearson on patients stands in
  lower <- if (p == 0) 0 else qbeta((1 - level) / 2, p * m, m - p * m + 1)
  upper <- if (p == 1) 1 else qbeta((1 + level) / 2, p * m + 1, m - p * m)
  cat(sprintf("share %.10f (exact on patients, degenerate: %.10f to %.10f)\n", p, lower, upper))
} else {
  se <- sqrt(m / (m - 1) * sum((y - n * p)^2) / sum(n)^2)
  half <- qt((1 + level) / 2, m - 1) * se / (p * (1 - p))
  interval <- plogis(qlogis(p) + c(-half, half))
  cat(sprintf("share %.10f, standard error %.10f\n", p, se))
  cat(sprintf("interval %.10f %.10f\n", interval[1], interval[2]))
}
