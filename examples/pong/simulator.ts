/**
 * An object-level simulator of the game of Pong: paddles and a ball at whole pixels, nothing drawn, 4 frames a step.
 *
 * It is a simulator, not an emulator: a score reached here compares with other scores reached here only. It keeps
 * these facts of the original, measured frame by frame on it:
 * - the ball goes 1 px a frame sideways, and 0, 1 or 2 px up or down by where on the paddle it was hit (`BOUNCE`): a
 *   step has |dx| = 4 and |dy| = 0, 4 or 8 wherever the ball touches nothing;
 * - the player's paddle halves its distance to an unseen knob every second frame, and actions turn the knob: inertia;
 * - the enemy steps 2 px towards the ball and rests after 7 steps, so |dy| = 0, 4, 6 or 8 and steep balls outrun it;
 * - after a point the ball stays away for about 15 steps, then comes from the middle towards the side that conceded.
 *
 * It leaves the original in four places, so that learning shows and no rally goes round in circles for ever (there,
 * without sticky actions, it often does): the ball bounces at y = 30 and 190 exactly, the walls a player is told of
 * (there: up to 3 px further down); the knob turns at 8 px a step (there: about 22, and following the ball holds its
 * own); the serve's height and the enemy's aim vary with the seed; and that aim gets worse as a rally gets longer.
 *
 * `KNOB_SPEED`, `ENEMY_AIMS` and `ENEMY_FATIGUE` were chosen by trying values until three players lay far apart. Mean
 * scores over 120 games (40 seeds) of at most 4000 steps: random moves -20.0; following the ball's present y -5.9;
 * going to where the ball will arrive 17.6. A test holds them within loose bounds.
 */

/** An object in pixels: its top left corner (y grows downwards), its size, and its move since the last step. */
export type Box = { x: number; y: number; w: number; h: number; dx: number; dy: number };

/**
 * What the player sees after a step. `Ball` is missing while none is in play, `Enemy` while it is above the screen.
 * `reward` is the last step's reward, and null right after a reset: "not a number yet", written so that JSON keeps it.
 */
export type Observation = { Player: Box; Ball?: Box; Enemy?: Box; reward: number | null };

/** 0 does nothing, 2 raises the player's paddle (y falls), 3 lowers it (y grows). */
export type Action = 0 | 2 | 3;

/** The outcome of one step: +1 when the enemy missed, -1 when the player did, else 0; `done` when a side has 21. */
export type StepResult = { observation: Observation; reward: number; done: boolean };

/** Frames played in one step, with the action held. */
const FRAMES_PER_STEP = 4;
/** The left edge of the enemy's paddle. */
export const ENEMY_X = 16;
/** The left edge of the player's paddle. */
export const PLAYER_X = 140;
/** The least and the greatest y of the ball: there it bounces like light off a mirror. */
export const WALL_TOP = 30;
export const WALL_BOTTOM = 190;
/** The points that win a game. */
export const WINNING_SCORE = 21;

const PADDLE_WIDTH = 4;
const PADDLE_HEIGHT = 15;
const BALL_WIDTH = 2;
const BALL_HEIGHT = 4;
/** Paddles are seen between these two lines; what stands out is cut off. */
const VIEW_TOP = 34;
const VIEW_BOTTOM = 194;
/** A paddle's own top edge stays in here; the enemy leaves upwards (to `ENEMY_AWAY`) while there is no ball. */
const PADDLE_MIN = 25;
const PADDLE_MAX = 190;
const ENEMY_AWAY = VIEW_TOP - PADDLE_HEIGHT;
/** A ball's x when it has passed the enemy, and the player. */
const LEFT_GOAL = 0;
const RIGHT_GOAL = 156;
const SERVE_X = 78;
const SERVE_Y = 114;
const SERVE_SPREAD = 24;
const FIRST_SERVE_FRAMES = 58;
const SERVE_FRAMES = 62;
/** How far an action turns the unseen knob in two frames, in pixels of the paddle. */
const KNOB_SPEED = 4;
const ENEMY_SPEED = 2;
/** The enemy rests for a frame after so many frames of moving. */
const ENEMY_RUN = 7;
/** Where on its paddle, from the top, the enemy tries to take the ball: drawn anew for each ball that comes to it. */
const ENEMY_AIMS: readonly number[] = [0, 1, 2, 3, 8, 9, 10, 11];
/** By how many pixels, either way, its aim may err, for each return of the player in the rally: long rallies end. */
const ENEMY_FATIGUE = 6;
/** The ball's speed off a paddle, in px a frame, by its top edge less the paddle's: entry 0 is the least touch, -3. */
const BOUNCE: readonly number[] = [-2, -2, -2, -2, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2];

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** A game of Pong against the built-in enemy. Equal seeds and equal actions give equal games. */
export class PongSimulator {
  #random: number;
  #playerScore = 0;
  #enemyScore = 0;
  #frame = 0;
  #untilServe = 0;
  #serveTo = 1;
  #ballX = 0;
  #ballY = 0;
  #speedX = 0;
  #speedY = 0;
  #player = 0;
  #knob = 0;
  #enemy = 0;
  #aim = 0;
  #run = 0;
  #returns = 0;
  #reward: number | null = null;
  #last: Observation | undefined;

  /**
   * @param seed any whole number; it decides the serves and the enemy's aim. A new simulator stands at its first reset.
   * @throws RangeError when the seed is not a whole number.
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed))
      throw new RangeError(`The seed of a PongSimulator is a whole number, got ${seed}.`);
    this.#random = Math.imul(seed ^ Math.floor(seed / 2 ** 32), 0x9e3779b1) >>> 0;
    this.reset();
  }

  /** Starts a game at 0-0. It goes on with the random numbers of the seed, so one simulator's games differ. */
  reset(): Observation {
    this.#playerScore = 0;
    this.#enemyScore = 0;
    this.#frame = 0;
    this.#untilServe = FIRST_SERVE_FRAMES;
    this.#serveTo = -1;
    this.#player = 96;
    this.#knob = 96;
    this.#enemy = ENEMY_AWAY;
    this.#reward = null;
    this.#last = undefined;
    return this.#observe();
  }

  /**
   * Plays 4 frames with the action held.
   * @throws RangeError when the action is none of 0, 2, 3, or when the game is over and `reset` was not called.
   */
  step(action: Action): StepResult {
    if (action !== 0 && action !== 2 && action !== 3) {
      throw new RangeError(`The actions of Pong are 0 (stay), 2 (raise) and 3 (lower), got ${String(action)}.`);
    }
    if (this.#isDone()) throw new RangeError("The game is over: call reset() before the next step.");
    let reward = 0;
    for (let i = 0; i < FRAMES_PER_STEP && !this.#isDone(); i++) reward += this.#playFrame(action);
    this.#reward = reward;
    return { observation: this.#observe(), reward, done: this.#isDone() };
  }

  #isDone(): boolean {
    return this.#playerScore === WINNING_SCORE || this.#enemyScore === WINNING_SCORE;
  }

  #playFrame(action: Action): number {
    this.#frame++;
    if (this.#frame % 2 === 0) this.#movePlayer(action);
    if (this.#untilServe > 0) {
      if (this.#enemy > ENEMY_AWAY) this.#enemy -= ENEMY_SPEED;
      if (--this.#untilServe === 0) this.#serve();
      return 0;
    }
    this.#moveBall();
    this.#moveEnemy();
    if (this.#speedX > 0) this.#meetPlayer();
    else this.#meetEnemy();
    return this.#score();
  }

  #movePlayer(action: Action): void {
    const push = action === 2 ? -KNOB_SPEED : action === 3 ? KNOB_SPEED : 0;
    this.#knob = clamp(this.#knob + push, PADDLE_MIN, PADDLE_MAX);
    this.#player += Math.trunc((this.#knob - this.#player) / 2);
  }

  #serve(): void {
    this.#ballX = SERVE_X;
    this.#ballY = SERVE_Y + Math.floor((this.#draw() - 0.5) * SERVE_SPREAD);
    this.#speedX = this.#serveTo;
    this.#speedY = this.#draw() < 0.5 ? -1 : 1;
    this.#returns = 0;
    this.#run = 0;
    this.#drawAim();
    this.#enemy = clamp(this.#ballY - this.#aim, PADDLE_MIN, PADDLE_MAX);
  }

  #moveBall(): void {
    this.#ballX += this.#speedX;
    this.#ballY += this.#speedY;
    if (this.#ballY < WALL_TOP) this.#ballY = 2 * WALL_TOP - this.#ballY;
    else if (this.#ballY > WALL_BOTTOM) this.#ballY = 2 * WALL_BOTTOM - this.#ballY;
    else return;
    this.#speedY = -this.#speedY;
  }

  #moveEnemy(): void {
    const way = this.#ballY - this.#aim - this.#enemy;
    if (Math.abs(way) < ENEMY_SPEED || this.#run === ENEMY_RUN) {
      this.#run = 0;
      return;
    }
    this.#run++;
    this.#enemy = clamp(this.#enemy + Math.sign(way) * ENEMY_SPEED, PADDLE_MIN, PADDLE_MAX);
  }

  #meetPlayer(): void {
    if (this.#ballX + BALL_WIDTH <= PLAYER_X || this.#ballX >= PLAYER_X + PADDLE_WIDTH) return;
    if (!this.#bounceOff(this.#player)) return;
    this.#returns++;
    this.#drawAim();
  }

  #meetEnemy(): void {
    if (this.#ballX >= ENEMY_X + PADDLE_WIDTH || this.#ballX + BALL_WIDTH <= ENEMY_X) return;
    this.#bounceOff(this.#enemy);
  }

  #bounceOff(paddle: number): boolean {
    const speed = BOUNCE[this.#ballY - paddle + BALL_HEIGHT - 1];
    if (speed === undefined) return false;
    this.#speedX = -this.#speedX;
    this.#speedY = speed;
    return true;
  }

  #score(): number {
    if (this.#ballX > LEFT_GOAL && this.#ballX < RIGHT_GOAL) return 0;
    const reward = this.#ballX <= LEFT_GOAL ? 1 : -1;
    if (reward === 1) this.#playerScore++;
    else this.#enemyScore++;
    this.#serveTo = -reward;
    this.#untilServe = SERVE_FRAMES;
    return reward;
  }

  #drawAim(): void {
    const aim = ENEMY_AIMS[Math.floor(this.#draw() * ENEMY_AIMS.length)] ?? 0;
    this.#aim = aim + Math.round((2 * this.#draw() - 1) * ENEMY_FATIGUE * this.#returns);
  }

  /** The next random number in [0, 1): the "mulberry32" generator, 32 bits of state. */
  #draw(): number {
    this.#random = (this.#random + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#random ^ (this.#random >>> 15), this.#random | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  #observe(): Observation {
    const last = this.#last;
    const seen: Observation = { Player: paddleBox(PLAYER_X, this.#player, last?.Player), reward: this.#reward };
    if (this.#untilServe === 0) {
      const { x, y } = last?.Ball ?? { x: this.#ballX, y: this.#ballY };
      const [dx, dy] = [this.#ballX - x, this.#ballY - y];
      seen.Ball = { x: this.#ballX, y: this.#ballY, w: BALL_WIDTH, h: BALL_HEIGHT, dx, dy };
    }
    if (this.#enemy > ENEMY_AWAY) seen.Enemy = paddleBox(ENEMY_X, this.#enemy, last?.Enemy);
    this.#last = seen;
    return seen;
  }
}

function paddleBox(x: number, top: number, last: Box | undefined): Box {
  const y = Math.max(VIEW_TOP, top);
  const h = Math.min(VIEW_BOTTOM, top + PADDLE_HEIGHT) - y;
  return { x, y, w: PADDLE_WIDTH, h, dx: 0, dy: last === undefined ? 0 : y - last.y };
}
