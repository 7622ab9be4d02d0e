// ledgerctl import: CSV files become facts through a mapping file.
#ifndef LEDGERCTL_IMPORT_H
#define LEDGERCTL_IMPORT_H

// argv[0] is "import". Returns the exit status: 0, 65 if rows were rejected, or the error's.
int ledgerctl_import(int argc, char **argv);

#endif
