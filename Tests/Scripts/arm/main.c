#include <stdio.h>

#include "support.h"

int run_tests(void);

void arm_report(const char *name, long length, long line) {
  if (line == 0)
    printf("%.*s\n", (int)length, name);
  else
    printf("  fails in line %ld of the test as it was made for ARM\n", line);
}

int main(void) {
  int failures = run_tests();
  if (failures > 0) printf("%d checks failed\n", failures);
  return failures > 0;
}
