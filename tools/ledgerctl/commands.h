// The commands. argv[0] is the command's name; each returns the exit status.
#ifndef LEDGERCTL_COMMANDS_H
#define LEDGERCTL_COMMANDS_H

int ledgerctl_alerts(int argc, char **argv);
int ledgerctl_append(int argc, char **argv);
int ledgerctl_cursors(int argc, char **argv);
int ledgerctl_export(int argc, char **argv);
int ledgerctl_query(int argc, char **argv);
int ledgerctl_read(int argc, char **argv);
int ledgerctl_restore(int argc, char **argv);
int ledgerctl_status(int argc, char **argv);
int ledgerctl_tail(int argc, char **argv);
int ledgerctl_types(int argc, char **argv);
int ledgerctl_verify(int argc, char **argv);

#endif
