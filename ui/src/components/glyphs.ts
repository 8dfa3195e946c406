// The icons that lists show by the hundred: drawn once, and shown by reference. A component for each would be made anew for every row.
import Activity from '@lucide/svelte/icons/activity';
import ChartColumn from '@lucide/svelte/icons/chart-column';
import Check from '@lucide/svelte/icons/check';
import CheckCheck from '@lucide/svelte/icons/check-check';
import Circle from '@lucide/svelte/icons/circle';
import CircleDot from '@lucide/svelte/icons/circle-dot';
import ClockFading from '@lucide/svelte/icons/clock-fading';
import Cpu from '@lucide/svelte/icons/cpu';
import Download from '@lucide/svelte/icons/download';
import Handshake from '@lucide/svelte/icons/handshake';
import Hourglass from '@lucide/svelte/icons/hourglass';
import Minus from '@lucide/svelte/icons/minus';
import Pause from '@lucide/svelte/icons/pause';
import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import Square from '@lucide/svelte/icons/square';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Upload from '@lucide/svelte/icons/upload';
import UserCheck from '@lucide/svelte/icons/user-check';
import X from '@lucide/svelte/icons/x';

export const GLYPHS = {
  activity: Activity,
  chart: ChartColumn,
  check: Check,
  'check-check': CheckCheck,
  circle: Circle,
  'circle-dot': CircleDot,
  clock: ClockFading,
  cpu: Cpu,
  download: Download,
  handshake: Handshake,
  hourglass: Hourglass,
  minus: Minus,
  pause: Pause,
  back: RotateCcw,
  square: Square,
  triangle: TriangleAlert,
  upload: Upload,
  person: UserCheck,
  cross: X,
} as const;

export type GlyphName = keyof typeof GLYPHS;

/** Where a glyph is drawn. */
export const glyphId = (name: GlyphName): string => `glyph-${name}`;
