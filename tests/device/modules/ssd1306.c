// SPDX-License-Identifier: GPL-2.0
/*
 * An I2C bus with an SSD1306 on it, 128 by 64 pixels, by the controller's data sheet (Solomon Systech, rev 1.1, sections 8.1.5
 * and 10). Plain transfers and SMBus both work. A transfer takes as long as it would on a bus of `khz`.
 *
 * In debugfs, ssd1306/: `memory` is the display's 1024 bytes, a page of 8 rows after another; `state` says in words what was set.
 */
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>

#define COLUMNS 128
#define PAGES 8

static int bus = 1;
module_param(bus, int, 0444);
MODULE_PARM_DESC(bus, "number of the bus");
static unsigned int khz = 100;
module_param(khz, uint, 0644);
MODULE_PARM_DESC(khz, "clock of the bus; 0 takes no time");
static bool unplugged;
module_param(unplugged, bool, 0644);
MODULE_PARM_DESC(unplugged, "nobody answers");

enum addressing { HORIZONTAL, VERTICAL, PAGE };

static struct {
	u8 memory[PAGES * COLUMNS];
	u8 column, first_column, last_column;
	u8 page, first_page, last_page;
	u8 addressing, contrast;
	bool on, inverse, all_on, flipped_columns, flipped_rows;
	u8 command[8];
	unsigned int command_bytes;
	unsigned long transfers, bytes, unknown;
} display;

static DEFINE_MUTEX(display_lock);
static struct debugfs_blob_wrapper memory_blob = { .data = display.memory, .size = sizeof(display.memory) };
static struct dentry *folder;

static void power_on(void)
{
	display.addressing = PAGE;
	display.contrast = 0x7f;
	display.last_column = COLUMNS - 1;
	display.last_page = PAGES - 1;
}

static unsigned int command_length(u8 command)
{
	switch (command) {
	case 0x20: case 0x81: case 0x8d: case 0xa8: case 0xd3: case 0xd5: case 0xd9: case 0xda: case 0xdb:
		return 2;
	case 0x21: case 0x22: case 0xa3:
		return 3;
	case 0x29: case 0x2a:
		return 6;
	case 0x26: case 0x27:
		return 7;
	default:
		return 1;
	}
}

static void execute(const u8 *command)
{
	switch (command[0]) {
	case 0x00 ... 0x0f:
		display.column = (display.column & 0xf0) | command[0];
		break;
	case 0x10 ... 0x17:
		display.column = (display.column & 0x0f) | (command[0] & 7) << 4;
		break;
	case 0x20:
		display.addressing = command[1] & 3;
		break;
	case 0x21:
		display.first_column = display.column = command[1] & (COLUMNS - 1);
		display.last_column = command[2] & (COLUMNS - 1);
		break;
	case 0x22:
		display.first_page = display.page = command[1] & (PAGES - 1);
		display.last_page = command[2] & (PAGES - 1);
		break;
	case 0x81:
		display.contrast = command[1];
		break;
	case 0xa0: case 0xa1:
		display.flipped_columns = command[0] & 1;
		break;
	case 0xa4: case 0xa5:
		display.all_on = command[0] & 1;
		break;
	case 0xa6: case 0xa7:
		display.inverse = command[0] & 1;
		break;
	case 0xae: case 0xaf:
		display.on = command[0] & 1;
		break;
	case 0xb0 ... 0xb7:
		display.page = command[0] & (PAGES - 1);
		break;
	case 0xc0: case 0xc8:
		display.flipped_rows = command[0] & 8;
		break;
	case 0x40 ... 0x7f: case 0x2e: case 0x2f: case 0xe3: /* start line, scrolling, nothing */
		break;
	default: /* those of more bytes set voltages and clocks, which have no picture */
		if (command_length(command[0]) == 1)
			display.unknown++;
	}
}

static void take_command(u8 byte)
{
	display.command[display.command_bytes++] = byte;
	if (display.command_bytes == command_length(display.command[0])) {
		execute(display.command);
		display.command_bytes = 0;
	}
}

static bool next_column(void)
{
	bool wraps = display.column == display.last_column;

	display.column = wraps ? display.first_column : (display.column + 1) & (COLUMNS - 1);
	return wraps;
}

static bool next_page(void)
{
	bool wraps = display.page == display.last_page;

	display.page = wraps ? display.first_page : (display.page + 1) & (PAGES - 1);
	return wraps;
}

static void take_data(u8 byte)
{
	display.memory[display.page * COLUMNS + display.column] = byte;
	if (display.addressing == HORIZONTAL && next_column())
		next_page();
	else if (display.addressing == VERTICAL && next_page())
		next_column();
	else if (display.addressing == PAGE)
		display.column = (display.column + 1) & (COLUMNS - 1);
}

/* A control byte says whether commands or data follow (D/C#), and whether one byte of them or all that is left (Co). */
static void take(const u8 *bytes, unsigned int length)
{
	unsigned int at = 0;

	while (at < length) {
		u8 control = bytes[at++];
		unsigned int end = control & 0x80 ? min(at + 1, length) : length;

		for (; at < end; at++) {
			if (control & 0x40)
				take_data(bytes[at]);
			else
				take_command(bytes[at]);
		}
	}
}

static int transfer(struct i2c_adapter *adapter, struct i2c_msg *messages, int count)
{
	unsigned int bytes = 0, us;
	int at, status = count;

	mutex_lock(&display_lock);
	for (at = 0; at < count; at++) {
		struct i2c_msg *message = &messages[at];

		if (message->addr != 0x3c || unplugged) {
			status = -EREMOTEIO;
			break;
		}
		bytes += 1 + message->len;
		if (message->flags & I2C_M_RD)
			memset(message->buf, display.on ? 0x00 : 0x40, message->len);
		else
			take(message->buf, message->len);
	}
	display.transfers++;
	display.bytes += bytes;
	mutex_unlock(&display_lock);
	if (khz && bytes) {
		us = bytes * 9 * 1000 / khz;
		usleep_range(us, us + 50);
	}
	return status;
}

static u32 functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL;
}

static const struct i2c_algorithm algorithm = { .master_xfer = transfer, .functionality = functionality };
static struct i2c_adapter adapter = { .owner = THIS_MODULE, .algo = &algorithm, .name = "ssd1306" };

static int state_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "on %d\ninverse %d\nall_on %d\nflipped_columns %d\nflipped_rows %d\ncontrast %d\n", display.on,
		   display.inverse, display.all_on, display.flipped_columns, display.flipped_rows, display.contrast);
	seq_printf(file, "transfers %lu\nbytes %lu\nunknown %lu\n", display.transfers, display.bytes, display.unknown);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(state);

static int __init start(void)
{
	int status;

	power_on();
	adapter.nr = bus;
	status = i2c_add_numbered_adapter(&adapter);
	if (status)
		return status;
	folder = debugfs_create_dir("ssd1306", NULL);
	debugfs_create_blob("memory", 0444, folder, &memory_blob);
	debugfs_create_file("state", 0444, folder, NULL, &state_fops);
	return 0;
}

static void __exit stop(void)
{
	debugfs_remove_recursive(folder);
	i2c_del_adapter(&adapter);
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A simulated SSD1306 on a simulated I2C bus");
