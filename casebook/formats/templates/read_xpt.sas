/* {{ about.study_code }}, data cut {{ about.cut_name }}: every dataset from SAS transport files, with the meaning of
   codes as formats. Start SAS in the folder of the export, or name it here. */
%let folder = .;

proc format;
{% for codes in code_lists %}
  value ${{ codes.name | format_name }}
{% for code, meaning in codes.terms.items() %}
    {{ code | sas }} = {{ meaning.en | sas }}
{% endfor %}
  ;
{% endfor %}
run;

/* Transport files hold ASCII: other characters are written as \u80dd. A session in UTF-8 reads them back. */
%macro bring(name);
  libname from xport "&folder/xpt/&name..xpt" access=readonly;
  proc copy in=from out=work;
  run;
  libname from clear;
  data &name;
    set &name;
    array texts _character_;
    if upcase(getoption('encoding')) = 'UTF-8' then do over texts;
      texts = unicode(texts, 'ESC');
    end;
  run;
  proc contents data=&name varnum;
  run;
%mend bring;
{% for dataset in datasets %}

%bring({{ dataset.file }})
{% set coded = dataset.shape.variables | selectattr("codes") | selectattr("kind", "equalto", "text") | list %}
{% if coded %}
proc datasets library=work nolist;
  modify {{ dataset.file }};
{% for one in coded %}
  format {{ one.name }} ${{ one.codes.name | format_name }}.;
{% endfor %}
quit;
{% endif %}
{% endfor %}
