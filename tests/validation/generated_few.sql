SELECT
  *
FROM (
  SELECT
    "t14"."_file",
    "t14"."_record",
    "t14"."_line",
    "t14"."_sheet",
    "t14"."ref",
    "t14"."age",
    "t14"."from",
    "t14"."recorded",
    "t14"."force",
    "t14"."place",
    CASE WHEN NOT (
      "t14"."ref~present"
    ) THEN 1 ELSE 0 END | CASE WHEN TRUE AND (
      NOT "t14"."_mark1" IS NULL
    ) THEN 2 ELSE 0 END | CASE WHEN NOT (
      "t14"."age~readable"
    ) THEN 4 ELSE 0 END | CASE
      WHEN NOT (
        "t14"."ref~known" IS NULL
      )
      AND NOT (
        "t14"."age~known" BETWEEN 0 AND 17
      )
      THEN 8
      ELSE 0
    END | CASE WHEN NOT (
      "t14"."from~known" <= "t14"."recorded~known"
    ) THEN 16 ELSE 0 END | CASE
      WHEN NOT (
        "t14"."recorded~known" BETWEEN MAKE_DATE(2024, 1, 1) AND MAKE_DATE(2024, 12, 31)
      )
      THEN 32
      ELSE 0
    END | CASE
      WHEN NOT (
        CASE
          WHEN NOT "t14"."force~known" IS NULL
          THEN ARRAY_CONTAINS(['avon', 'avon and somerset'], "t14"."force~folded")
          ELSE CAST(NULL AS BOOLEAN)
        END
      )
      THEN 64
      ELSE 0
    END | CASE
      WHEN NOT (
        REGEXP_FULL_MATCH("t14"."place~text", '[A-Z]{2}[0-9]+')
      )
      THEN 128
      ELSE 0
    END | CASE
      WHEN NOT (
        "t14"."force~present" OR NOT (
          "t14"."place~known" IS NULL
        )
      )
      THEN 256
      ELSE 0
    END AS "_mask0"
  FROM (
    SELECT
      "t13"."_file",
      "t13"."_record",
      "t13"."_line",
      "t13"."_sheet",
      "t13"."ref",
      "t13"."age",
      "t13"."from",
      "t13"."force",
      "t13"."recorded",
      "t13"."place",
      "t13"."age~known",
      "t13"."force~folded",
      "t13"."force~known",
      "t13"."force~present",
      "t13"."from~known",
      "t13"."place~known",
      "t13"."recorded~known",
      "t13"."ref~known",
      "t13"."ref~present",
      "t13"."age~readable",
      "t13"."place~text",
      "t11"."_mark1"
    FROM (
      SELECT
        "t7"."_file",
        "t7"."_record",
        "t7"."_line",
        "t7"."_sheet",
        "t7"."ref",
        "t7"."age",
        "t7"."from",
        "t7"."force",
        "t7"."recorded",
        "t7"."place",
        "t7"."age~known",
        "t7"."force~folded",
        "t7"."force~known",
        "t7"."force~present",
        "t7"."from~known",
        "t7"."place~known",
        "t7"."recorded~known",
        "t7"."ref~known",
        "t7"."ref~present",
        CASE
          WHEN NOT "t7"."age~known" IS NULL
          THEN TRUE
          ELSE (
            NULLIF(
              COALESCE(
                LIST_EXTRACT(
                  ['0'],
                  LIST_POSITION(
                    ['-00'],
                    CASE
                      WHEN REGEXP_FULL_MATCH("t7"."age", '[!-~]|[!-~][ -~]*[!-~]')
                      THEN "t7"."age"
                      ELSE TRIM("t7"."age", '(white space)')
                    END
                  )
                ),
                CASE
                  WHEN REGEXP_FULL_MATCH("t7"."age", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t7"."age"
                  ELSE TRIM("t7"."age", '(white space)')
                END
              ),
              ''
            ) IS NULL
          )
          OR COALESCE(
            REGEXP_FULL_MATCH(
              NULLIF(
                COALESCE(
                  LIST_EXTRACT(
                    ['0'],
                    LIST_POSITION(
                      ['-00'],
                      CASE
                        WHEN REGEXP_FULL_MATCH("t7"."age", '[!-~]|[!-~][ -~]*[!-~]')
                        THEN "t7"."age"
                        ELSE TRIM("t7"."age", '(white space)')
                      END
                    )
                  ),
                  CASE
                    WHEN REGEXP_FULL_MATCH("t7"."age", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t7"."age"
                    ELSE TRIM("t7"."age", '(white space)')
                  END
                ),
                ''
              ),
              '(?i)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?(not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+applicable|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+asked|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+known|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+recorded|refused|unreadable|withheld)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?'
            ),
            FALSE
          )
        END AS "age~readable",
        "t7"."place~known" AS "place~text"
      FROM (
        SELECT
          "t2"."_file",
          "t2"."_record",
          "t2"."_line",
          "t2"."_sheet",
          "t2"."ref",
          "t2"."age",
          "t2"."from",
          "t2"."force",
          "t2"."recorded",
          "t2"."place",
          TRY_CAST(CASE
            WHEN REGEXP_FULL_MATCH("t2"."age", '[+-]?[0-9]{1,19}')
            AND NOT (
              "t2"."age" IN ('-00')
            )
            THEN "t2"."age"
            ELSE CASE
              WHEN REGEXP_FULL_MATCH(
                NULLIF(
                  COALESCE(
                    LIST_EXTRACT(
                      ['0'],
                      LIST_POSITION(
                        ['-00'],
                        CASE
                          WHEN REGEXP_FULL_MATCH("t2"."age", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t2"."age"
                          ELSE TRIM("t2"."age", '(white space)')
                        END
                      )
                    ),
                    CASE
                      WHEN REGEXP_FULL_MATCH("t2"."age", '[!-~]|[!-~][ -~]*[!-~]')
                      THEN "t2"."age"
                      ELSE TRIM("t2"."age", '(white space)')
                    END
                  ),
                  ''
                ),
                '[+-]?[0-9]{1,19}'
              )
              THEN NULLIF(
                COALESCE(
                  LIST_EXTRACT(
                    ['0'],
                    LIST_POSITION(
                      ['-00'],
                      CASE
                        WHEN REGEXP_FULL_MATCH("t2"."age", '[!-~]|[!-~][ -~]*[!-~]')
                        THEN "t2"."age"
                        ELSE TRIM("t2"."age", '(white space)')
                      END
                    )
                  ),
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."age", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."age"
                    ELSE TRIM("t2"."age", '(white space)')
                  END
                ),
                ''
              )
              ELSE CAST(NULL AS TEXT)
            END
          END AS BIGINT) AS "age~known",
          CASE
            WHEN REGEXP_FULL_MATCH(
              NULLIF(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."force"
                  ELSE TRIM("t2"."force", '(white space)')
                END,
                ''
              ),
              '[!-%''-~]+( [!-%''-~]+)*'
            )
            THEN LOWER(
              NULLIF(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."force"
                  ELSE TRIM("t2"."force", '(white space)')
                END,
                ''
              )
            )
            ELSE TRIM(
              REGEXP_REPLACE(
                REPLACE(
                  LOWER(
                    TRANSLATE(
                      NULLIF(
                        CASE
                          WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t2"."force"
                          ELSE TRIM("t2"."force", '(white space)')
                        END,
                        ''
                      ),
                      '–—',
                      '--'
                    )
                  ),
                  '&',
                  ' and '
                ),
                '[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+',
                ' ',
                'g'
              ),
              ' 	
(return)'
            )
          END AS "force~folded",
          CASE
            WHEN REGEXP_FULL_MATCH(
              "t2"."force",
              '[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~]|[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~][ -~]*[!-~]'
            )
            THEN NULLIF("t2"."force", '')
            ELSE CASE
              WHEN REGEXP_FULL_MATCH(
                NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."force"
                    ELSE TRIM("t2"."force", '(white space)')
                  END,
                  ''
                ),
                '(?i)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?(not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+applicable|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+asked|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+known|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+recorded|refused|unreadable|withheld)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?'
              )
              THEN CAST(NULL AS TEXT)
              ELSE NULLIF(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."force"
                  ELSE TRIM("t2"."force", '(white space)')
                END,
                ''
              )
            END
          END AS "force~known",
          NOT NULLIF(
            CASE
              WHEN REGEXP_FULL_MATCH("t2"."force", '[!-~]|[!-~][ -~]*[!-~]')
              THEN "t2"."force"
              ELSE TRIM("t2"."force", '(white space)')
            END,
            ''
          ) IS NULL AS "force~present",
          TRY_CAST(CASE
            WHEN REGEXP_FULL_MATCH("t2"."from", '[1-9][0-9]{3}\-[0-9]{2}\-[0-9]{2}')
            THEN "t2"."from"
            ELSE CASE
              WHEN REGEXP_FULL_MATCH(
                NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."from", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."from"
                    ELSE TRIM("t2"."from", '(white space)')
                  END,
                  ''
                ),
                '[1-9][0-9]{3}\-[0-9]{2}\-[0-9]{2}'
              )
              THEN NULLIF(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."from", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."from"
                  ELSE TRIM("t2"."from", '(white space)')
                END,
                ''
              )
              ELSE CAST(NULL AS TEXT)
            END
          END AS DATE) AS "from~known",
          CASE
            WHEN REGEXP_FULL_MATCH(
              "t2"."place",
              '[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~]|[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~][ -~]*[!-~]'
            )
            THEN CASE WHEN "t2"."place" IN ('', 'n/k') THEN CAST(NULL AS TEXT) ELSE "t2"."place" END
            ELSE CASE
              WHEN REGEXP_FULL_MATCH(
                CASE
                  WHEN CASE
                    WHEN REGEXP_FULL_MATCH("t2"."place", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."place"
                    ELSE TRIM("t2"."place", '(white space)')
                  END IN ('', 'n/k')
                  THEN CAST(NULL AS TEXT)
                  ELSE CASE
                    WHEN REGEXP_FULL_MATCH("t2"."place", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."place"
                    ELSE TRIM("t2"."place", '(white space)')
                  END
                END,
                '(?i)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?(not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+applicable|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+asked|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+known|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+recorded|refused|unreadable|withheld)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?'
              )
              THEN CAST(NULL AS TEXT)
              ELSE CASE
                WHEN CASE
                  WHEN REGEXP_FULL_MATCH("t2"."place", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."place"
                  ELSE TRIM("t2"."place", '(white space)')
                END IN ('', 'n/k')
                THEN CAST(NULL AS TEXT)
                ELSE CASE
                  WHEN REGEXP_FULL_MATCH("t2"."place", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."place"
                  ELSE TRIM("t2"."place", '(white space)')
                END
              END
            END
          END AS "place~known",
          TRY_CAST(SUBSTRING(
            CASE
              WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
              THEN "t2"."recorded"
              ELSE CASE
                WHEN REGEXP_FULL_MATCH(
                  NULLIF(
                    CASE
                      WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                      THEN "t2"."recorded"
                      ELSE TRIM("t2"."recorded", '(white space)')
                    END,
                    ''
                  ),
                  '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                )
                THEN NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."recorded"
                    ELSE TRIM("t2"."recorded", '(white space)')
                  END,
                  ''
                )
                ELSE CAST(NULL AS TEXT)
              END
            END,
            CASE
              WHEN (
                6 + 1
              ) >= 1
              THEN 6 + 1
              ELSE 6 + 1 + LENGTH(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
                  THEN "t2"."recorded"
                  ELSE CASE
                    WHEN REGEXP_FULL_MATCH(
                      NULLIF(
                        CASE
                          WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t2"."recorded"
                          ELSE TRIM("t2"."recorded", '(white space)')
                        END,
                        ''
                      ),
                      '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                    )
                    THEN NULLIF(
                      CASE
                        WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                        THEN "t2"."recorded"
                        ELSE TRIM("t2"."recorded", '(white space)')
                      END,
                      ''
                    )
                    ELSE CAST(NULL AS TEXT)
                  END
                END
              )
            END,
            4
          ) || '-' || SUBSTRING(
            CASE
              WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
              THEN "t2"."recorded"
              ELSE CASE
                WHEN REGEXP_FULL_MATCH(
                  NULLIF(
                    CASE
                      WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                      THEN "t2"."recorded"
                      ELSE TRIM("t2"."recorded", '(white space)')
                    END,
                    ''
                  ),
                  '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                )
                THEN NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."recorded"
                    ELSE TRIM("t2"."recorded", '(white space)')
                  END,
                  ''
                )
                ELSE CAST(NULL AS TEXT)
              END
            END,
            CASE
              WHEN (
                3 + 1
              ) >= 1
              THEN 3 + 1
              ELSE 3 + 1 + LENGTH(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
                  THEN "t2"."recorded"
                  ELSE CASE
                    WHEN REGEXP_FULL_MATCH(
                      NULLIF(
                        CASE
                          WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t2"."recorded"
                          ELSE TRIM("t2"."recorded", '(white space)')
                        END,
                        ''
                      ),
                      '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                    )
                    THEN NULLIF(
                      CASE
                        WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                        THEN "t2"."recorded"
                        ELSE TRIM("t2"."recorded", '(white space)')
                      END,
                      ''
                    )
                    ELSE CAST(NULL AS TEXT)
                  END
                END
              )
            END,
            2
          ) || '-' || SUBSTRING(
            CASE
              WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
              THEN "t2"."recorded"
              ELSE CASE
                WHEN REGEXP_FULL_MATCH(
                  NULLIF(
                    CASE
                      WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                      THEN "t2"."recorded"
                      ELSE TRIM("t2"."recorded", '(white space)')
                    END,
                    ''
                  ),
                  '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                )
                THEN NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."recorded"
                    ELSE TRIM("t2"."recorded", '(white space)')
                  END,
                  ''
                )
                ELSE CAST(NULL AS TEXT)
              END
            END,
            CASE
              WHEN (
                0 + 1
              ) >= 1
              THEN 0 + 1
              ELSE 0 + 1 + LENGTH(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."recorded", '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}')
                  THEN "t2"."recorded"
                  ELSE CASE
                    WHEN REGEXP_FULL_MATCH(
                      NULLIF(
                        CASE
                          WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t2"."recorded"
                          ELSE TRIM("t2"."recorded", '(white space)')
                        END,
                        ''
                      ),
                      '[0-9]{2}/[0-9]{2}/[1-9][0-9]{3}'
                    )
                    THEN NULLIF(
                      CASE
                        WHEN REGEXP_FULL_MATCH("t2"."recorded", '[!-~]|[!-~][ -~]*[!-~]')
                        THEN "t2"."recorded"
                        ELSE TRIM("t2"."recorded", '(white space)')
                      END,
                      ''
                    )
                    ELSE CAST(NULL AS TEXT)
                  END
                END
              )
            END,
            2
          ) AS DATE) AS "recorded~known",
          CASE
            WHEN REGEXP_FULL_MATCH(
              "t2"."ref",
              '[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~]|[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~][ -~]*[!-~]'
            )
            THEN NULLIF("t2"."ref", '')
            ELSE CASE
              WHEN REGEXP_FULL_MATCH(
                NULLIF(
                  CASE
                    WHEN REGEXP_FULL_MATCH("t2"."ref", '[!-~]|[!-~][ -~]*[!-~]')
                    THEN "t2"."ref"
                    ELSE TRIM("t2"."ref", '(white space)')
                  END,
                  ''
                ),
                '(?i)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?(not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+applicable|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+asked|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+known|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+recorded|refused|unreadable|withheld)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?'
              )
              THEN CAST(NULL AS TEXT)
              ELSE NULLIF(
                CASE
                  WHEN REGEXP_FULL_MATCH("t2"."ref", '[!-~]|[!-~][ -~]*[!-~]')
                  THEN "t2"."ref"
                  ELSE TRIM("t2"."ref", '(white space)')
                END,
                ''
              )
            END
          END AS "ref~known",
          NOT NULLIF(
            CASE
              WHEN REGEXP_FULL_MATCH("t2"."ref", '[!-~]|[!-~][ -~]*[!-~]')
              THEN "t2"."ref"
              ELSE TRIM("t2"."ref", '(white space)')
            END,
            ''
          ) IS NULL AS "ref~present"
        FROM (
          SELECT
            "t0"."_file",
            "t0"."_record",
            "t0"."_line",
            CAST(NULL AS TEXT) AS "_sheet",
            "t0"."ref",
            "t0"."age",
            "t0"."from",
            "t0"."force",
            "t0"."recorded",
            "t0"."place"
          FROM "staged" AS "t0"
        ) AS "t2"
      ) AS "t7"
    ) AS "t13"
    LEFT OUTER JOIN (
      SELECT
        "t9"."_mark1~0",
        TRUE AS "_mark1"
      FROM (
        SELECT
          *
        FROM (
          SELECT
            "t6"."_mark1~0",
            COUNT(*) AS "_records"
          FROM (
            SELECT
              *
            FROM (
              SELECT
                "t4"."ref~known" AS "_mark1~0"
              FROM (
                SELECT
                  "t3"."_file",
                  "t3"."_record",
                  "t3"."_line",
                  "t3"."_sheet",
                  "t3"."ref",
                  "t3"."age",
                  "t3"."from",
                  "t3"."force",
                  "t3"."recorded",
                  "t3"."place",
                  CASE
                    WHEN REGEXP_FULL_MATCH(
                      "t3"."ref",
                      '[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~]|[\!\"\#\$\%\&\''\(\)\*\+\,\-\.\/0123456789\:\;\<\=\>\?\@ABCDEFGHIJKLMOPQSTVXYZ\[\\\]\^\_\`abcdefghijklmopqstvxyz\{\|\}\~][ -~]*[!-~]'
                    )
                    THEN NULLIF("t3"."ref", '')
                    ELSE CASE
                      WHEN REGEXP_FULL_MATCH(
                        NULLIF(
                          CASE
                            WHEN REGEXP_FULL_MATCH("t3"."ref", '[!-~]|[!-~][ -~]*[!-~]')
                            THEN "t3"."ref"
                            ELSE TRIM("t3"."ref", '(white space)')
                          END,
                          ''
                        ),
                        '(?i)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?(not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+applicable|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+asked|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+known|not[\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+recorded|refused|unreadable|withheld)([\s\v\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+)?'
                      )
                      THEN CAST(NULL AS TEXT)
                      ELSE NULLIF(
                        CASE
                          WHEN REGEXP_FULL_MATCH("t3"."ref", '[!-~]|[!-~][ -~]*[!-~]')
                          THEN "t3"."ref"
                          ELSE TRIM("t3"."ref", '(white space)')
                        END,
                        ''
                      )
                    END
                  END AS "ref~known"
                FROM (
                  SELECT
                    "t1"."_file",
                    "t1"."_record",
                    "t1"."_line",
                    CAST(NULL AS TEXT) AS "_sheet",
                    "t1"."ref",
                    "t1"."age",
                    "t1"."from",
                    "t1"."force",
                    "t1"."recorded",
                    "t1"."place"
                  FROM "staged" AS "t1"
                ) AS "t3"
              ) AS "t4"
            ) AS "t5"
            WHERE
              NOT "t5"."_mark1~0" IS NULL
          ) AS "t6"
          GROUP BY
            1
        ) AS "t8"
        WHERE
          "t8"."_records" > 1
      ) AS "t9"
    ) AS "t11"
      ON "t13"."ref~known" = "t11"."_mark1~0"
  ) AS "t14"
) AS "t15"
WHERE
  "t15"."_mask0" <> 0
