CREATE ROLE extensions_reader;
