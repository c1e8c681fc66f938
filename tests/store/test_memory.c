/* The contract on SQLite in memory. */
#include "suite.h"

int main(void)
{
	return contract_run("memory", &store_sqlite_memory);
}
