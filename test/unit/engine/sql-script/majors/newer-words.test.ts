import { describe, expect, it } from 'vitest';
import { quoteNewerWords } from '../../../../../lib/engine/sql-script/majors/newer-words.ts';

const quoted = (script: string, major: number) =>
  quoteNewerWords(Buffer.from(script, 'latin1'), major).toString('latin1');

describe('a name that is a key word of newer servers', () => {
  it('is quoted as a parameter, and the type of the same name with it', () => {
    const script = 'CREATE FUNCTION public.f(json json, integer) RETURNS json\n    LANGUAGE sql;\n';
    const expected = 'CREATE FUNCTION public.f("json" "json", integer) RETURNS "json"\n    LANGUAGE sql;\n';
    expect(quoted(script, 16)).toBe(expected);
    expect(quoted(script, 17)).toBe(script);
  });

  it('is quoted where it names an argument, and left alone where it is a type', () => {
    expect(quoted('CREATE VIEW v AS\n SELECT f(json => t.json) AS f, NULL::json[] AS j FROM t;', 15)).toBe(
      'CREATE VIEW v AS\n SELECT f("json" => t.json) AS f, NULL::json[] AS j FROM t;',
    );
  });

  it('is quoted as a schema, also before a type', () => {
    expect(quoted('CREATE TABLE public.a (\n    v json.t,\n    w json,\n    x json.json\n);\n', 15)).toBe(
      'CREATE TABLE public.a (\n    v "json".t,\n    w json,\n    x "json".json\n);\n',
    );
  });

  it('is quoted in an expression, for there it would be a function', () => {
    const script = `ALTER TABLE t ADD CONSTRAINT c CHECK ((system_user <> 'system_user'::text));\n`;
    const expected = `ALTER TABLE t ADD CONSTRAINT c CHECK (("system_user" <> 'system_user'::text));\n`;
    expect(quoted(script, 15)).toBe(expected);
    expect(quoted(script, 16)).toBe(script);
  });

  it('is left alone in strings, comments, quotes, bodies and capitals', () => {
    const script = `-- Name: f(json)
COMMENT ON FUNCTION public.f("json" integer) IS 'json system_user';
CREATE FUNCTION public.g() RETURNS text
    LANGUAGE sql
    AS $$SELECT system_user /* json */$$;
CREATE VIEW v AS SELECT JSON_OBJECT('a' : 1), my_json, system_user_id FROM "system_user";
`;
    expect(quoted(script, 13)).toBe(script);
  });
});
