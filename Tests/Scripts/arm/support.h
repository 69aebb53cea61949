// What bare ARM has of C here.
#pragma once

float sinf(float);
float cosf(float);
double sin(double);
double cos(double);
double exp(double);
double erfc(double);
double tanh(double);
double log(double);
char *getenv(const char *);

/// Prints a test's name; with a line, that a check in it failed.
void arm_report(const char *name, long length, long line);
