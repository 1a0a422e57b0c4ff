INSERT INTO collations.word SELECT chr(64 + g) || chr(97 + g % 26), 'L' || g, ROW('x' || g, 'y')::collations.named, 'p' || g, 'q'
  FROM generate_series(1, 26) g;
